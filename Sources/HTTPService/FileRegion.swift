package import POSIX

/// Part of an open file, as the body of an answer.
package struct FileRegion: Sendable {
    /// The file; its content must not change while it is sent.
    package let file: FileDescriptorBox
    /// Where the part starts.
    package let offset: Int
    /// How many bytes it has.
    package let count: Int

    /// Describes a part of a file.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - offset: Where the part starts.
    ///   - count: How many bytes it has.
    package init(file: FileDescriptorBox, offset: Int, count: Int) {
        self.file = file
        self.offset = offset
        self.count = count
    }
}

extension HTTPResponse {
    /// A file, or the part of it that the request asks for.
    ///
    /// Answers `If-None-Match` with 304, one range of bytes with 206, a range beyond the end with 416.
    /// Several ranges at once are answered with the whole file, as the standard allows. The entity tag
    /// is made from the file's number, size and time of change: it tells versions apart without
    /// reading the file.
    ///
    /// - Parameters:
    ///   - path: The file; the caller has made sure that the client may read it.
    ///   - contentType: Its type.
    ///   - request: The request.
    /// - Throws: `HTTPError` 404 when it cannot be opened or is no regular file.
    package static func file(
        _ path: String,
        contentType: String,
        for request: HTTPRequest
    ) throws(HTTPError) -> HTTPResponse {
        // Why it cannot be opened is not the client's business.
        guard let opened = try? FileVersion.open(path) else { throw .notFound }
        let size = opened.version.size
        let tag = EntityTag(opened.version)
        let plan = RangePlan(
            size: size,
            tag: tag,
            ifNoneMatch: request.headers["If-None-Match"],
            range: request.headers["Range"],
            ifRange: request.headers["If-Range"]
        )
        var response = HTTPResponse(contentType: contentType)
        response.headers.add("ETag", tag.text)
        response.headers.add("Accept-Ranges", "bytes")
        switch plan {
        case .unchanged:
            response.status = 304
        case .unsatisfiable:
            throw HTTPError.badRange(size: size)
        case .whole:
            response.body = .file(FileRegion(file: opened.file, offset: 0, count: size))
        case .part(let range):
            response.status = 206
            response.headers.add(
                "Content-Range",
                "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            )
            response.body = .file(
                FileRegion(file: opened.file, offset: range.lowerBound, count: range.count)
            )
        }
        return response
    }

    /// Bytes that rarely change, with an entity tag: 304 for a client that has them already.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - contentType: Their type.
    ///   - tag: Made from the bytes once.
    ///   - request: The request.
    package static func constant(
        _ bytes: [UInt8],
        contentType: String,
        tag: EntityTag,
        for request: HTTPRequest
    ) -> HTTPResponse {
        var response = HTTPResponse(contentType: contentType, headers: ["ETag": tag.text])
        if tag.isNamed(by: request.headers["If-None-Match"]) {
            response.status = 304
        } else {
            response.body = .bytes(bytes)
        }
        return response
    }
}

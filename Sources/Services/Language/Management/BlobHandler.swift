internal import HTTPService
internal import LanguagePipeline
internal import ModelStore

/// `/api/blobs/<digest>`: files that models are made of.
struct BlobHandler: Sendable {
    let work: StoreWork

    /// Most bytes of one file: 1 TiB; chosen, models have up to some hundred GiB.
    static let mostBytes = 1 << 40

    /// Answers whether a blob is there; only HEAD asks for that.
    func exists(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard request.method == .head else {
            var error = HTTPError(
                405,
                code: "method_not_allowed",
                "blobs are sent with POST and looked for with HEAD"
            )
            error.headers.add("Allow", "HEAD, POST")
            throw error
        }
        let digest = try Self.digest(request)
        let isThere = try await work.run { work.writer.size(of: digest) != nil }
        guard isThere else { throw Refusal(404, code: "blob_not_found", "there is no such blob") }
        return HTTPResponse(contentType: nil)
    }

    /// Takes a blob in: 201, or 200 when it is there already.
    ///
    /// It is written while it arrives, and seen by others when its digest is right.
    func upload(_ request: HTTPRequest, _ body: BodyStream) async throws -> HTTPResponse {
        let digest = try Self.digest(request)
        let size = request.headers["Content-Length"].flatMap { Int($0) }
        let isNew = try await work.run {
            if work.writer.size(of: digest) != nil { return false }
            let blob = try BlobWriter(work.writer, expecting: digest, size: size)
            for try await piece in body { try blob.write(piece) }
            return try blob.finish().isNew
        }
        return HTTPResponse(status: isNew ? 201 : 200, contentType: nil)
    }

    private static func digest(_ request: HTTPRequest) throws(Refusal) -> BlobDigest {
        guard let digest = BlobDigest(client: request.parameter("digest")) else {
            throw Refusal(badRequest: "invalid digest format")
        }
        return digest
    }
}

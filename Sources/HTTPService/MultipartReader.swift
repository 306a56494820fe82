internal import Glibc

/// Reads the fields of a `multipart/form-data` body (RFC 7578) while it arrives, in pieces of any size.
///
/// Ours, because the library's reader tells an empty field and the beginning of another in the same way,
/// and takes a body for empty that has no boundary at all.
struct MultipartReader {
    /// Most fields of one body; each costs memory beyond its bytes, which the body limit bounds.
    static let maximumParts = 256
    /// Most bytes of a field's own head.
    static let maximumHead = 8 << 10
    /// Most characters of a boundary (RFC 2046, section 5.1.1).
    static let longestBoundary = 70

    /// What ends a field's head.
    private static let emptyLine = Array("\r\n\r\n".utf8)

    private enum State {
        /// Before the first boundary, where nothing counts.
        case preamble
        /// Right behind a boundary.
        case boundary
        case head
        /// Right behind a head: what follows is content, or the next boundary already.
        case start
        case content
        /// Behind the last boundary, where nothing counts either.
        case epilogue
    }

    /// A line's end, two dashes and the boundary.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What was not understood yet; at first a line's end, as if one stood before the body.
    private var rest = Array("\r\n".utf8)
    private var parts: [MultipartPart] = []

    /// Starts reading.
    ///
    /// - Parameter contentType: The request's content type.
    /// - Throws: `HTTPError` 400 when it names no usable boundary.
    init(contentType: String) throws(HTTPError) {
        let boundary = HeaderParameters(contentType)["boundary"] ?? ""
        guard (1...Self.longestBoundary).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20..<0x7F).contains($0) })
        else { throw .noBoundary }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Whether a content type is `multipart/form-data`.
    static func isMultipart(_ contentType: String?) -> Bool {
        contentType.map { HTTPHeaders.starts($0, with: "multipart/form-data") } ?? false
    }

    /// Takes the next bytes of the body.
    ///
    /// - Throws: `HTTPError` 400 for a malformed body; nothing may follow.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
        unsafe rest.append(contentsOf: bytes)
        var position = 0
        while let next = try read(from: position) { position = next }
        rest.removeFirst(position)
    }

    /// Ends the body.
    ///
    /// - Returns: The fields in order.
    /// - Throws: `HTTPError` 400 when the closing boundary or every field is missing.
    consuming func finish() throws(HTTPError) -> [MultipartPart] {
        guard case .epilogue = state, !parts.isEmpty else { throw .badMultipart }
        return parts
    }

    /// Goes one step on.
    ///
    /// - Returns: Up to where everything is understood; nil when more bytes are needed.
    private mutating func read(from start: Int) throws(HTTPError) -> Int? {
        switch state {
        case .preamble, .content: readContent(from: start)
        case .boundary: try readBoundary(from: start)
        case .head: try readHead(from: start)
        case .start: readStart(from: start)
        case .epilogue: start < rest.count ? rest.count : nil
        }
    }

    private mutating func readContent(from start: Int) -> Int? {
        let found = find(delimiter, from: start)
        // The last bytes may be the beginning of a boundary.
        let end = found ?? max(start, rest.count - delimiter.count + 1)
        if case .content = state, end > start {
            parts[parts.count - 1].bytes.append(contentsOf: rest[start..<end])
        }
        if found != nil {
            state = .boundary
            return end + delimiter.count
        }
        return end > start ? end : nil
    }

    private mutating func readBoundary(from start: Int) throws(HTTPError) -> Int? {
        guard rest.count - start >= 2 else { return nil }
        if rest[start...].starts(with: "--".utf8) {
            state = .epilogue
            return rest.count
        }
        // Space may follow, and nothing else.
        let end = rest[start...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? rest.count
        guard end - start <= Self.longestBoundary else { throw .badMultipart }
        guard rest.count - end >= 2 else { return nil }
        guard rest[end...].starts(with: "\r\n".utf8) else { throw .badMultipart }
        state = .head
        // The line's end stays: a head without any field is an empty line right behind it.
        return end
    }

    private mutating func readHead(from start: Int) throws(HTTPError) -> Int? {
        guard let end = find(Self.emptyLine, from: start) else {
            guard rest.count - start <= Self.maximumHead else { throw .badMultipart }
            return nil
        }
        guard end - start <= Self.maximumHead else { throw .badMultipart }
        guard parts.count < Self.maximumParts else { throw .tooManyParts }
        parts.append(try Self.part(head: rest[start..<end]))
        state = .start
        // The empty line's end stays: it may be that of the next boundary.
        return end + 2
    }

    private mutating func readStart(from start: Int) -> Int? {
        let next = rest[start...].prefix(delimiter.count)
        guard delimiter.starts(with: next) else {
            state = .content
            return start + 2
        }
        guard next.count == delimiter.count else { return nil }
        state = .boundary
        return start + delimiter.count
    }

    /// Where a text stands first; every one that is looked for begins with a line's end.
    private func find(_ text: [UInt8], from start: Int) -> Int? {
        unsafe rest.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var place = start
            while bytes.count - place >= text.count {
                let room = bytes.count - text.count + 1 - place
                guard let hit = unsafe memchr(base + place, 0x0D, room) else { return nil }
                place = unsafe UnsafeRawPointer(hit) - base
                if unsafe memcmp(hit, text, text.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }

    private static func part(head: ArraySlice<UInt8>) throws(HTTPError) -> MultipartPart {
        var part = MultipartPart(name: "", filename: nil, contentType: nil, bytes: [])
        // Each line has its end before it; nothing else may have a half of one.
        let pieces = head.split(separator: 0x0D, omittingEmptySubsequences: false).dropFirst()
        for piece in pieces {
            let text = piece.dropFirst()
            guard piece.first == 0x0A, !text.contains(0x0A) else { throw .badMultipart }
            let line = String(decoding: text, as: UTF8.self)
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
                throw .badMultipart
            }
            let value = line[line.utf8.index(after: colon)...]
            switch line[..<colon].lowercased() {
            case "content-disposition":
                let disposition = HeaderParameters(value)
                guard disposition.value == "form-data" else { throw .badMultipart }
                part.name = disposition["name"] ?? ""
                part.filename = disposition["filename"]
            case "content-type":
                part.contentType = String(value.drop { $0 == " " || $0 == "\t" })
            case "content-transfer-encoding":
                // RFC 7578 forbids it; what is encoded must not be taken for what it stands for.
                guard ["binary", "8bit", "7bit"].contains(HeaderParameters(value).value) else {
                    throw .badMultipart
                }
            default: continue
            }
        }
        return part
    }
}

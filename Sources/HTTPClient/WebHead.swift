/// The head of an answer.
package struct WebHead: Sendable, Hashable {
    /// The status, 200 to 599; those of 100 to 199 are passed over.
    package let status: Int
    /// The header fields.
    package let fields: WebFields
    /// Where it came from: after redirections the last address.
    package let url: WebURL
    /// The address that was connected to; nil through a proxy and on a Unix socket.
    package let address: NetworkAddress?

    /// Whether the status is 200 to 299.
    package var isSuccess: Bool { (200..<300).contains(status) }

    /// How many bytes the body is said to have; nil where nobody said so.
    package var length: Int? {
        guard fields["Transfer-Encoding"] == nil, let text = fields["Content-Length"],
            let length = Int(text), length >= 0
        else { return nil }
        return length
    }
}

/// Puts the lines of an answer's head together; pure.
struct HeadReader {
    /// Most bytes of a head; servers send below 16 KiB.
    static let most = 64 << 10

    /// What a line was.
    enum Line: Hashable {
        /// The head goes on.
        case more
        /// The head is over.
        case end(status: Int, fields: WebFields)
        /// Another head follows: 100 Continue and the like.
        case interim
        /// After the body.
        case trailer
    }

    private var status = 0
    private var fields = WebFields()
    private var size = 0
    private var isOver = false

    /// Takes a line with its end.
    ///
    /// - Parameter bytes: The line.
    /// - Throws: `WebError` when the head is too long.
    mutating func take(_ bytes: some Collection<UInt8>) throws(WebError) -> Line {
        guard !isOver else { return .trailer }
        size += bytes.count
        guard size <= Self.most else {
            throw WebError(.tooLarge, "the answer's head has more than \(Self.most) bytes")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let line = text.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed()
        if line.isEmpty { return end() }
        let content = String(line)
        if content.hasPrefix("HTTP/") {
            let words = content.split(separator: " ", maxSplits: 2)
            status = words.count > 1 ? Int(words[1]) ?? 0 : 0
            fields = WebFields()
        } else if let colon = content.firstIndex(of: ":") {
            let value = content[content.index(after: colon)...].drop(while: Self.isSpace)
            fields.append(String(content[..<colon]), String(value))
        }
        return .more
    }

    private mutating func end() -> Line {
        guard status >= 200 else {
            size = 0
            return .interim
        }
        isOver = true
        return .end(status: status, fields: fields)
    }

    /// "\r\n" is one character of Swift's.
    private static func isSpace(_ character: Character) -> Bool {
        character == " " || character == "\t" || character.isNewline
    }
}

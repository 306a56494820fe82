/// Takes one HTTP/1.1 answer apart as its bytes arrive: head, then the body without its framing.
///
/// Only what llama-server sends: a length, chunks, or everything until the end.
struct HTTPAnswer {
    /// What the server sends is wrong.
    struct Malformed: Error {}

    private enum Framing {
        case length(Int)
        /// Bytes that are left of the present chunk; nil where its size is next.
        case chunks(left: Int?)
        case untilEnd
    }

    private enum Phase {
        case head
        case body(Framing)
        case over
    }

    /// The status; 0 until the head has arrived.
    private(set) var status = 0
    /// Whether the server keeps the connection for another request.
    private(set) var isKept = true
    private var phase = Phase.head
    private var pending: [UInt8] = []

    /// Bytes of a head, or of a chunk's size, after which it is not one.
    private static let longestLine = 64 << 10

    /// Whether the whole answer has arrived.
    var isComplete: Bool {
        if case .over = phase { true } else { false }
    }

    /// Takes bytes in and returns those of the body among them.
    mutating func take(_ bytes: [UInt8]) throws(Malformed) -> [UInt8] {
        if pending.isEmpty { pending = bytes } else { pending += bytes }
        var body: [UInt8] = []
        var start = 0
        if case .head = phase {
            guard let end = Self.headEnd(in: pending) else {
                guard pending.count < Self.longestLine else { throw Malformed() }
                return []
            }
            try readHead(pending[..<end])
            start = end
        }
        try readBody(&start, &body)
        pending.removeFirst(start)
        return body
    }

    /// The connection has ended.
    mutating func end() throws(Malformed) {
        if case .body(.untilEnd) = phase { phase = .over }
        guard isComplete else { throw Malformed() }
    }

    // MARK: The head

    private static func headEnd(in bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        var index = 0
        while index + mark.count <= bytes.count {
            if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) {
                return index + mark.count
            }
            index += 1
        }
        return nil
    }

    private mutating func readHead(_ bytes: ArraySlice<UInt8>) throws(Malformed) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]) else {
            throw Malformed()
        }
        status = code
        var framing = Framing.untilEnd
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }.lowercased()
            switch line[..<colon].lowercased() {
            case "content-length":
                guard let count = Int(value), count >= 0 else { throw Malformed() }
                framing = .length(count)
            case "transfer-encoding": if value == "chunked" { framing = .chunks(left: nil) }
            case "connection": isKept = value != "close"
            default: break
            }
        }
        if case .untilEnd = framing { isKept = false }
        phase = .body(framing)
    }

    // MARK: The body

    private mutating func readBody(_ start: inout Int, _ body: inout [UInt8]) throws(Malformed) {
        while case .body(let framing) = phase {
            let rest = pending.count - start
            switch framing {
            case .untilEnd:
                body += pending[start...]
                start = pending.count
                return
            case .length(let left):
                let count = min(left, rest)
                body += pending[start..<(start + count)]
                start += count
                phase = left == count ? .over : .body(.length(left - count))
                if left > count { return }
            case .chunks(let left?):
                // The line break behind the chunk belongs to it.
                let count = min(left, rest)
                body += pending[start..<(start + max(0, min(count, left - 2)))]
                start += count
                guard left == count else {
                    phase = .body(.chunks(left: left - count))
                    return
                }
                phase = .body(.chunks(left: nil))
            case .chunks(nil):
                guard try readChunkSize(&start) else { return }
            }
        }
    }

    /// Reads the line with a chunk's size; returns whether all of it is there.
    private mutating func readChunkSize(_ start: inout Int) throws(Malformed) -> Bool {
        guard let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard pending.count - start < Self.longestLine else { throw Malformed() }
            return false
        }
        let digits = pending[start..<end].prefix {
            $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: ";")
        }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0,
            size < 1 << 40
        else { throw Malformed() }
        if size == 0 {
            // No trailers: the empty line ends it.
            guard pending.count >= end + 3 else { return false }
            start = end + 3
            phase = .over
        } else {
            start = end + 1
            phase = .body(.chunks(left: size + 2))
        }
        return true
    }
}

internal import JSON

/// Reads what a server sent as strictly as RFC 9112 allows.
struct AnswerReader {
    /// One response.
    struct Answer {
        var status = 0
        var fields: [(name: String, value: String)] = []
        var body: [UInt8] = []

        subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// Why bytes are no sequence of responses.
    struct Malformed: Error {
        let reason: String
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// The next response, or nil at the end.
    ///
    /// - Parameter hasBody: Whether a body may follow, as one does to everything but `HEAD`.
    mutating func next(hasBody: Bool) throws(Malformed) -> Answer? {
        guard !rest.isEmpty else { return nil }
        var answer = Answer()
        answer.status = try status(line())
        while true {
            let text = try line()
            if text.isEmpty { break }
            answer.fields.append(try field(text))
        }
        let isBare = answer.status < 200 || answer.status == 204 || answer.status == 304
        guard hasBody, !isBare else { return answer }
        guard let length = answer["Content-Length"].flatMap({ Int($0) }), length >= 0 else {
            throw Malformed(reason: "the body has no length")
        }
        guard rest.count >= length else { throw Malformed(reason: "the body is cut short") }
        answer.body = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        return answer
    }

    private mutating func line() throws(Malformed) -> [UInt8] {
        guard let end = rest.firstIndex(of: 0x0D), rest.index(after: end) < rest.endIndex,
            rest[rest.index(after: end)] == 0x0A
        else { throw Malformed(reason: "a line has no end") }
        let line = Array(rest[..<end])
        rest = rest[(end + 2)...]
        guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Malformed(reason: "a line holds control characters")
        }
        return line
    }

    private func status(_ line: [UInt8]) throws(Malformed) -> Int {
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0",
            words[1].utf8.count == 3, let status = Int(words[1]), (100...599).contains(status)
        else { throw Malformed(reason: "the status line is '\(text)'") }
        return status
    }

    private func field(_ line: [UInt8]) throws(Malformed) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy(Self.isToken)
        else {
            let text = String(decoding: line, as: UTF8.self)
            throw Malformed(reason: "a field is '\(text)'")
        }
        let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
        return (String(decoding: line[..<colon], as: UTF8.self), String(value.drop { $0 == " " }))
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

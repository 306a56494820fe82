/// A header value with parameters: `form-data; name="a"; filename="b.png"` (RFC 9110, section 5.6.6).
struct HeaderParameters {
    /// What stands before the first semicolon, in lower case.
    let value: String
    private let parameters: [(name: String, value: String)]

    /// Reads a value; a parameter that is no `name=value` is passed over.
    ///
    /// In quotation marks a backslash keeps its meaning before a quotation mark and a backslash only:
    /// names of files carry others as they are.
    init(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        value = Self.text(Self.take(from: &rest, until: ";")).lowercased()
        var parameters: [(String, String)] = []
        while rest.popFirst() != nil {
            let name = Self.text(Self.take(from: &rest, until: "=", ";")).lowercased()
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest.removeFirst()
            rest = rest.drop(while: Self.isSpace)
            if rest.first == UInt8(ascii: "\"") {
                parameters.append((name, Self.takeQuoted(from: &rest)))
                _ = Self.take(from: &rest, until: ";")
            } else {
                parameters.append((name, Self.text(Self.take(from: &rest, until: ";"))))
            }
        }
        self.parameters = parameters
    }

    /// A parameter's value; the first one counts.
    ///
    /// - Parameter name: In lower case.
    subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// Takes everything up to one of two bytes, which stays.
    private static func take(
        from rest: inout ArraySlice<UInt8>,
        until first: Unicode.Scalar,
        _ second: Unicode.Scalar? = nil
    ) -> ArraySlice<UInt8> {
        let ends = [first, second ?? first].map { UInt8(ascii: $0) }
        let taken = rest.prefix { !ends.contains($0) }
        rest = rest.dropFirst(taken.count)
        return taken
    }

    private static func takeQuoted(from rest: inout ArraySlice<UInt8>) -> String {
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == UInt8(ascii: "\"") || next == byte
            {
                bytes.append(next)
                rest.removeFirst()
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Text without the space around it.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? bytes.startIndex
        return String(decoding: bytes[..<end].drop(while: isSpace), as: UTF8.self)
    }
}

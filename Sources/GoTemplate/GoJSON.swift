package import JSON

/// JSON as Go writes it: safe inside of HTML, whole numbers without a fraction.
package enum GoJSON {
    /// The text of a value; members keep their order.
    ///
    /// - Parameter value: The value.
    package static func text(_ value: JSONValue) -> String {
        switch value {
        case .null, .bool, .integer: String(decoding: value.serialized, as: UTF8.self)
        case .number(let number): text(number)
        case .string, .text: escaped(value.serialized)
        case .array(let items): "[" + items.map { text($0) }.joined(separator: ",") + "]"
        case .object(let object):
            "{"
                + object.members.map { text(.string($0.name)) + ":" + text($0.value) }
                .joined(separator: ",") + "}"
        }
    }

    /// As ECMAScript writes a number (section 6.1.6.1.20), which Go's encoder follows.
    private static func text(_ number: Double) -> String {
        let text = GoFloat.general(number, plain: -6...20)
        // Exponents have no leading zero there.
        guard let place = text.firstIndex(of: "e"), text[place...].count == 4 else { return text }
        let digits = text[place...].dropFirst(2).drop { $0 == "0" }
        return "\(text[..<place])\(text[place...].prefix(2))\(digits)"
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "<"): result += Array("\\u003c".utf8)
            case UInt8(ascii: ">"): result += Array("\\u003e".utf8)
            case UInt8(ascii: "&"): result += Array("\\u0026".utf8)
            // U+2028 and U+2029 end lines in JavaScript.
            case 0xA8 where bytes[..<index].suffix(2) == [0xE2, 0x80]:
                result.removeLast(2)
                result += Array("\\u2028".utf8)
            case 0xA9 where bytes[..<index].suffix(2) == [0xE2, 0x80]:
                result.removeLast(2)
                result += Array("\\u2029".utf8)
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

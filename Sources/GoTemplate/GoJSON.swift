internal import JSON

/// JSON as Go writes it since 1.22: safe inside of HTML, names of maps in order.
package enum GoJSON {
    /// The function `json` of templates: the text of its argument.
    package static let function: GoFunction = { arguments, budget throws(GoFunctionError) in
        let value = try GoFunctions.one(arguments)
        return .string(
            try GoWriter.text(within: &budget) { writer throws(GoFunctionError) in
                try write(value, to: &writer)
            }
        )
    }

    static func write(
        _ value: GoValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        defer { writer.budget.ascend() }
        try writer.budget.descend()
        switch value {
        case .none: try writer.write("null")
        case .bool(let value): try writer.write(value ? "true" : "false")
        case .integer(let value): try writer.write("\(value)")
        case .float(let value): try writer.write(text(value))
        case .string(let text): try write(text.utf8, to: &writer)
        case .list(let items):
            try writer.write("[")
            for (index, item) in items.enumerated() {
                if index > 0 { try writer.write(",") }
                try write(item, to: &writer)
            }
            try writer.write("]")
        case .map(let entries), .record(_, let entries):
            try writer.write("{")
            for (index, entry) in entries.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { try writer.write(",") }
                try write(entry.key.text.utf8, to: &writer)
                try writer.write(":")
                try write(entry.value, to: &writer)
            }
            try writer.write("}")
        case .shown(let value, let form):
            if let json = form.json {
                try write(json, to: &writer)
            } else {
                try write(value, to: &writer)
            }
        }
    }

    /// Members keep their order.
    private static func write(
        _ value: JSONValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        defer { writer.budget.ascend() }
        try writer.budget.descend()
        switch value {
        case .null, .bool, .integer: try writer.write(value.serialized)
        case .number(let number): try writer.write(text(number))
        case .string(let text): try write(text.utf8, to: &writer)
        case .text(let text): try write(text.utf8, to: &writer)
        case .array(let items):
            try writer.write("[")
            for (index, item) in items.enumerated() {
                if index > 0 { try writer.write(",") }
                try write(item, to: &writer)
            }
            try writer.write("]")
        case .object(let object):
            try writer.write("{")
            for (index, member) in object.members.enumerated() {
                if index > 0 { try writer.write(",") }
                try write(member.name.utf8, to: &writer)
                try writer.write(":")
                try write(member.value, to: &writer)
            }
            try writer.write("}")
        }
    }

    /// As ECMAScript writes a number (section 6.1.6.1.20), which Go's encoder follows.
    private static func text(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let text = GoFloat.general(number, plain: -6...20)
        // Exponents have no leading zero there.
        guard let place = text.firstIndex(of: "e"), text[place...].count == 4 else { return text }
        let digits = text[place...].dropFirst(2).drop { $0 == "0" }
        return "\(text[..<place])\(text[place...].prefix(2))\(digits)"
    }

    // MARK: Texts

    private static let names: [UInt8: String] = [
        UInt8(ascii: "\""): "\\\"", UInt8(ascii: "\\"): "\\\\", 0x08: "\\b", 0x0C: "\\f",
        UInt8(ascii: "\n"): "\\n", UInt8(ascii: "\r"): "\\r", UInt8(ascii: "\t"): "\\t",
    ]

    /// Writes a text in quotes.
    private static func write(
        _ text: some Collection<UInt8>,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        var result = [UInt8(ascii: "\"")]
        result.reserveCapacity(text.count + 2)
        for byte in text {
            switch byte {
            case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"),
                UInt8(ascii: ">"), UInt8(ascii: "&"):
                let name = "\\u" + GoEscape.hexadecimal(UInt32(byte), digits: 4).lowercased()
                result += (names[byte] ?? name).utf8
            // U+2028 and U+2029 end lines in JavaScript.
            case 0xA8 where result.suffix(2) == [0xE2, 0x80]:
                result.removeLast(2)
                result += "\\u2028".utf8
            case 0xA9 where result.suffix(2) == [0xE2, 0x80]:
                result.removeLast(2)
                result += "\\u2029".utf8
            default: result.append(byte)
            }
        }
        result.append(UInt8(ascii: "\""))
        try writer.write(result)
    }
}

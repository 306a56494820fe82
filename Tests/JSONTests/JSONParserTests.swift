import JSON
import Testing

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: text.utf8)
    }

    @Test(
        arguments: [
            ("null", JSONValue.null), ("true", true), (" false ", false), ("0", 0), ("-0", 0),
            ("-12", -12), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("1.5", 1.5), ("1e3", .number(1000)),
            ("1E-2", 0.01), ("\"\"", ""), ("\"a\\u0062\\n\\/\"", "ab\n/"),
            ("\"\\ud83d\\ude00\"", "😀"), ("\"é\"", "é"), ("[]", []), ("[1,[2]]", [1, [2]]),
            ("{}", [:]), ("{\"b\":1,\"a\":null}", ["b": 1, "a": nil]), ("\t\r\n1", 1),
        ] as [(String, JSONValue)]
    )
    func acceptsWhatTheStandardAllows(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "-", "'a'",
        "\"", "\"\t\"", "\"\\x\"", "\"\\u12\"", "[1,]", "[1 2]", "[", "]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{a:1}", "{1:2}", "1 2", "{} {}", "[1]x", "// c\n1", "\u{FEFF}1",
    ])
    func refusesWhatTheStandardDoesNot(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test(arguments: [
        "{\"a\":1,\"a\":2}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
        "9223372036854775808", "1e999", "{\"a\\u0000b\":1}",
    ])
    func refusesWhatHasNoSafeMeaning(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
    ])
    func refusesInvalidEncodings(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test func keepsZeroBytesInTexts() throws {
        #expect(try parse("\"a\\u0000b\"") == "a\u{0}b")
    }

    @Test func boundsTheDepth() throws {
        let deepest = JSONValue.maximumDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(deepest)) }
        let error = #expect(throws: JSONError.self) { try parse(nested(deepest + 1)) }
        #expect(error?.description == "nested too deeply")
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        // Brackets inside a text are no nesting.
        #expect(throws: Never.self) { try parse("\"" + String(repeating: "[", count: 500) + "\"") }
    }

    @Test func namesThePlaceOfAnError() {
        let error = #expect(throws: JSONError.self) { try parse("{\n  \"a\": x\n}") }
        #expect(error?.line == 2)
        #expect(error?.description.contains("line 2") == true)
    }

    @Test func keepsTheOrderOfMembers() throws {
        let object = try #require(try parse("{\"z\":1,\"a\":2,\"m\":3}").objectValue)
        #expect(object.members.map(\.name) == ["z", "a", "m"])
    }

    @Test func readsWhatItWrites() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let value = JSONValue.random(depth: 4, using: &generator)
            #expect(try JSONValue(parsing: value.serialized) == value)
            #expect(try JSONValue(parsing: value.indented.utf8) == value)
        }
    }
}

extension JSONValue {
    fileprivate static func random(
        depth: Int,
        using generator: inout some RandomNumberGenerator
    ) -> Self {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .integer(.random(in: .min ... .max, using: &generator))
        case 3:
            let bits = Double(bitPattern: .random(in: .min ... .max, using: &generator))
            return .number(bits.isFinite ? bits : 0.5)
        case 4: return .string(text(using: &generator))
        case 5:
            let count = Int.random(in: 0..<4, using: &generator)
            return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            let count = Int.random(in: 0..<4, using: &generator)
            let members = (0..<count).map { index in
                ("k\(index)", random(depth: depth - 1, using: &generator))
            }
            return .object(JSONObject(members))
        }
    }

    private static func text(using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            let ranges: [ClosedRange<UInt32>] = [0...0x7F, 0x80...0xD7FF, 0xE000...0x10FFFF]
            let range = ranges[Int.random(in: 0..<3, using: &generator)]
            let number = UInt32.random(in: range, using: &generator)
            if let scalar = Unicode.Scalar(number) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}

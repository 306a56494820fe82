@testable import JSON
import ReferenceJSON
import Testing

@Suite struct JSONReaderTests {
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
        "9223372036854775808", "-9223372036854775809", "1e999",
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

    @Test func keepsZeroBytesInTextsAndNames() throws {
        #expect(try parse("\"a\\u0000b\"") == "a\u{0}b")
        #expect(try parse("{\"a\\u0000b\":1}") == ["a\u{0}b": 1])
    }

    @Test func findsRepeatedNamesAmongMany() throws {
        let members = (0..<100).map { "\"n\($0)\":\($0)" }
        let object = try #require(try parse("{\(members.joined(separator: ","))}").objectValue)
        #expect(object.members.count == 100)
        for repeated in [0, 15, 16, 99] {
            let text = "{\(members.joined(separator: ",")),\"n\(repeated)\":0}"
            let error = #expect(throws: JSONError.self) { try parse(text) }
            #expect(error?.reason == "the name 'n\(repeated)' occurs twice")
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 129, 1000])
    func findsWhatEndsARunWhereverItStands(length: Int) throws {
        let run = String(repeating: "x", count: length)
        #expect(try parse("\"\(run)\"") == .string(run))
        #expect(try parse("\"\(run)\\n\(run)é\"") == .string("\(run)\n\(run)é"))
        #expect(throws: JSONError.self) { try parse("\"\(run)") }
        #expect(throws: JSONError.self) { try parse("\"\(run)\u{1F}\(run)\"") }
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: Array("\"\(run)".utf8) + [0xC3, 0x22])
        }
    }

    @Test func boundsTheDepth() throws {
        let deepest = JSONValue.maximumDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(deepest)) }
        let error = #expect(throws: JSONError.self) { try parse(nested(deepest + 1)) }
        #expect(error?.reason == "nested too deeply")
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        // Brackets inside a text are no nesting.
        #expect(throws: Never.self) { try parse("\"" + String(repeating: "[", count: 500) + "\"") }
    }

    @Test func namesThePlaceOfAnError() {
        let error = #expect(throws: JSONError.self) { try parse("{\n  \"a\": x\n}") }
        #expect(error?.description == "a value is expected (line 2, column 8)")
        let second = #expect(throws: JSONError.self) { try parse("[\"é😀\" 1]") }
        #expect(second?.column == 7)
    }

    @Test func keepsTheOrderOfMembers() throws {
        let object = try #require(try parse("{\"z\":1,\"a\":2,\"m\":3}").objectValue)
        #expect(object.members.map(\.name) == ["z", "a", "m"])
    }

    @Test func leavesLongTextsInPlace() throws {
        let long = String(repeating: "x", count: JSONText.shortest)
        let value = try parse("[\"\(long)\", \"\(long)é\", \"\(long)\\n\", \"x\"]")
        let items = try #require(value.arrayValue)
        guard case .text(let text) = items[0] else {
            Issue.record("a long text was copied")
            return
        }
        #expect(text.string == long)
        #expect(items[0] == .string(long))
        #expect(items[0].hashValue == JSONValue.string(long).hashValue)
        #expect(items.compactMap(\.stringValue) == [long, long + "é", long + "\n", "x"])
        #expect(try JSONValue(parsing: value.serialized) == value)
        #expect(try JSONFields(["a": items[0]]).string("a") == long)
        #expect(try JSONFields(["a": items[0]]).text("a")?.string == long)
    }

    /// Texts with random changes, most of them no longer JSON.
    @Test func agreesWithJansson() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var text = JSONValue.random(depth: 4, using: &generator).serialized
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let place = Int.random(in: 0..<text.count, using: &generator)
                let byte = Array("{}[]\":,\\-.e019truu \u{1}é".utf8).randomElement(
                    using: &generator
                )
                text[place] = byte ?? 0
            }
            let ours = try? JSONValue(parsing: text)
            #expect(ours == ReferenceJSON.read(text), "\(String(decoding: text, as: UTF8.self))")
        }
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

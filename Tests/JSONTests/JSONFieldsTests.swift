import JSON
import Testing

@Suite struct JSONFieldsTests {
    private let fields: JSONFields

    init() throws {
        let body: JSONValue = [
            "text": "x", "whole": 5, "fraction": 1.5, "zero": 2.0, "truth": true, "nothing": nil,
            "texts": ["a", "b"], "mixed": ["a", 1], "inner": ["name": 1],
        ]
        fields = try JSONFields(body)
    }

    @Test func readsWhatIsThere() throws {
        #expect(try fields.string("text") == "x")
        #expect(try fields.integer("whole") == 5)
        #expect(try fields.integer("zero") == 2)
        #expect(try fields.double("whole") == 5)
        #expect(try fields.bool("truth") == true)
        #expect(try fields.strings("texts") == ["a", "b"])
        #expect(try fields.fields("inner")?.integer("name") == 1)
        #expect(fields.has("text"))
    }

    @Test func countsNullAsAbsent() throws {
        #expect(try fields.string("nothing") == nil)
        #expect(try fields.string("missing") == nil)
        #expect(!fields.has("nothing"))
    }

    @Test func namesPathAndKindInErrors() throws {
        let inner = try #require(try fields.fields("inner"))
        let cases: [(String, () throws -> Void)] = [
            ("'text' must be an integer, not a string", { _ = try fields.integer("text") }),
            ("'fraction' must be an integer, not a number", { _ = try fields.integer("fraction") }),
            ("'whole' must be from 6 to 9", { _ = try fields.integer("whole", in: 6...9) }),
            (
                "'fraction' must be from 0.0 to 1.0",
                { _ = try fields.double("fraction", in: 0...1) }
            ),
            ("'whole' must be a boolean, not an integer", { _ = try fields.bool("whole") }),
            ("'mixed[1]' must be a string, not an integer", { _ = try fields.strings("mixed") }),
            ("'texts' must be an object, not a list", { _ = try fields.fields("texts") }),
            ("'inner.name' must be a string, not an integer", { _ = try inner.string("name") }),
            ("'inner.x' is missing", { _ = try inner.require("x", inner.string("x")) }),
            ("'body' must be an object, not a list", { _ = try JSONFields([1]) }),
        ]
        for (message, body) in cases {
            let error = #expect(throws: JSONFieldError.self) { try body() }
            #expect(error?.description == message)
        }
    }
}

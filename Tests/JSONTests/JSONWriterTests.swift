import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func writesCompactText() {
        let value: JSONValue = [
            "text": "a\"b\\c\n\r\t\u{1}\u{1F}/é😀",
            "list": [1, -2, 1.5, true, nil, [], [:]],
            "big": .integer(.min),
            "small": 1e-7,
        ]
        #expect(
            String(decoding: value.serialized, as: UTF8.self)
                == #"{"text":"a\"b\\c\n\r\t\u0001\u001f/é😀","list":[1,-2,1.5,true,null,[],{}],"#
                + #""big":-9223372036854775808,"small":1e-07}"#
        )
    }

    @Test func writesNoNumberThatJSONDoesNotHave() {
        for value in [Double.infinity, -.infinity, .nan] {
            #expect(JSONValue(value).serialized == Array("null".utf8))
        }
        var writer = JSONWriter()
        writer.beginArray()
        writer.number(Float(0.1))
        writer.number(Float.nan)
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[0.1,null]")
    }

    @Test func streamsWithCommasInPlace() {
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.integer(1)
        writer.string("x")
        writer.null()
        writer.endArray()
        writer.name("b")
        writer.beginObject()
        writer.endObject()
        writer.name("c")
        writer.bool(false)
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[1,"x",null],"b":{},"c":false}"#
        )
    }

    @Test func indentsForPeople() {
        let value: JSONValue = ["a": [1, 2], "b": [:], "c": ["d": "e"]]
        #expect(
            value.indented == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {},
                  "c": {
                    "d": "e"
                  }
                }
                """
        )
    }
}

@Suite struct JSONObjectTests {
    @Test func keepsNamesApartThatOnlyLookTheSame() throws {
        let (composed, combined) = ("\u{E9}", "e\u{301}")
        let text = "{\"\(composed)\":1,\"\(combined)\":2}"
        let object = try #require(JSONValue(parsing: text.utf8).objectValue)
        #expect(object[composed] == 1)
        #expect(object[combined] == 2)
        #expect(JSONObject([(composed, 1), (combined, 2)]) == object)
        #expect(JSONObject([(composed, 1)]) != JSONObject([(combined, 1)]))
    }

    @Test func replacesInPlaceAndRemoves() {
        var object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object.members.map(\.name) == ["a", "b"])
        #expect(object["a"] == 3)
        object["a"] = nil
        object["c"] = 4
        #expect(object == JSONObject([("b", 2), ("c", 4)]))
        #expect(object != JSONObject([("c", 4), ("b", 2)]))
    }
}

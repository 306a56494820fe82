import Testing

@testable import HTTPService

@Suite struct MultipartReaderTests {
    /// Reads a body in pieces; each field as "name|file|type|content".
    private func read(
        _ body: String,
        boundary: String = "B",
        by size: Int = .max
    ) throws -> [String] {
        var reader = try MultipartReader(contentType: "multipart/form-data; boundary=\(boundary)")
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(size, bytes.count)) {
            let piece = Array(bytes[start..<min(bytes.count, start + min(size, bytes.count))])
            try piece.withUnsafeBytes { piece in try reader.receive(piece) }
        }
        return try reader.finish().map { part in
            "\(part.name)|\(part.filename ?? "-")|\(part.contentType ?? "-")|\(part.text ?? "?")"
        }
    }

    /// What libmicrohttpd's reader took for one field, or for three, as the pieces happened to be.
    @Test(arguments: 1...40)
    func keepsEmptyFieldsBeforeOthersOfTheirName(size: Int) throws {
        let field = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n"
        let body = field + "\r\n" + field + "x\r\n" + field + "\r\n--B--"
        #expect(try read(body, by: size) == ["a|-|-|", "a|-|-|x", "a|-|-|"])
    }

    @Test(arguments: 1...20)
    func findsBoundariesWhateverStandsBeforeThem(size: Int) throws {
        for content in [
            "\r", "\n", "\r\n", "\r\n-", "\r\n--", "\r\r\n--A", "x--B--", "\r\n\r\n",
        ] {
            let head = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n"
            #expect(try read("\(head)\(content)\r\n--B--", by: size) == ["a|-|-|\(content)"])
        }
    }

    @Test(
        arguments: [
            ("--B\r\n\r\nx\r\n--B--", ["|-|-|x"]),
            ("a preamble\r\n--B\r\n\r\nx\r\n--B--an epilogue", ["|-|-|x"]),
            ("--B \t\r\n\r\nx\r\n--B--\r\n", ["|-|-|x"]),
            // A field may have neither head nor content, or a head alone.
            ("--B\r\n\r\n--B--", ["|-|-|"]),
            ("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--", ["a|-|-|"]),
            (
                "--B\r\nCONTENT-DISPOSITION:Form-Data; Name = a ; x; filename=\"a;\\\"b\\c.png\"\r\n"
                    + "Content-Type: image/png\r\n\r\nx\r\n--B--",
                ["a|a;\"b\\c.png|image/png|x"]
            ),
            (
                "--B\r\nContent-Disposition: form-data; name=\"ä\"\r\n\r\nx\r\n--B--",
                ["ä|-|-|x"]
            ),
        ] as [(String, [String])]
    )
    func readsWhatTheStandardAllows(body: String, fields: [String]) throws {
        for size in [1, 2, 5, .max] { #expect(try read(body, by: size) == fields) }
    }

    @Test(arguments: [
        "", "--B", "--B--", "--B\r\n", "--B\r\n\r\nx", "--B\r\n\r\nx\r\n--B",
        "--B\r\n\r\nx\r\n--B-",
        "--B\n\nx\n--B--", "--Bx\r\n\r\nx\r\n--B--", "--B\r\na\r\n\r\nx\r\n--B--",
        "--B\r\na: b\n c: d\r\n\r\nx\r\n--B--", "--B\r\na: b\rc: d\r\n\r\nx\r\n--B--",
    ])
    func refusesWhatItDoesNot(body: String) {
        for size in [1, .max] { #expect(throws: HTTPError.self) { try read(body + " ", by: size) } }
    }

    @Test(arguments: ["", "\"\"", "ä", String(repeating: "x", count: 71)])
    func refusesBoundariesOfNoUse(boundary: String) {
        #expect(throws: HTTPError.self) { try read("", boundary: boundary) }
    }

    @Test func takesBoundariesInQuotationMarks() throws {
        #expect(try read("--a b\r\n\r\nx\r\n--a b--", boundary: "\"a b\"") == ["|-|-|x"])
    }
}

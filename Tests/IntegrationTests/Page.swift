import POSIX

/// A committed page of text; Scripts/make-page-fixtures makes them.
struct Page {
    /// What stands on every page, row by row.
    static let lines = [
        "The engine that runs has the baton", "2047-03-12", "Every other one waits",
    ]
    /// The whole text.
    static let text = lines.joined(separator: " ")

    let bytes: [UInt8]

    init(_ name: String = "page.png", file: String = #filePath) throws {
        let folder = file.lastIndex(of: "/").map { file[..<$0] } ?? "."
        bytes = try Files.read("\(folder)/Fixtures/\(name)")
    }

    /// A picture of the media helper's tests.
    init(broken name: String, file: String = #filePath) throws {
        try self.init("../../MediaTests/Fixtures/\(name)", file: file)
    }

    /// The bytes as base64, by RFC 4648.
    var base64: String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (0..<3).reduce(0) { bits, index in
                bits << 8 | (index < group.count ? Int(group[start + index]) : 0)
            }
            for index in 0..<4 {
                text.append(index <= group.count ? digits[bits >> (18 - 6 * index) & 63] : "=")
            }
        }
        return text
    }

    /// The bytes as a data URI.
    var uri: String { "data:image/png;base64,\(base64)" }
}

/// A multipart body.
struct Form {
    private static let boundary = "one-page-after-another"
    /// The header line that announces it.
    static let type = "Content-Type: multipart/form-data; boundary=\(boundary)"

    private var content: [UInt8] = []

    /// The whole body.
    var body: [UInt8] { content + Array("--\(Self.boundary)--\r\n".utf8) }

    /// Adds a file.
    mutating func add(_ name: String, file: String, _ bytes: [UInt8]) {
        add("name=\"\(name)\"; filename=\"\(file)\"", bytes)
    }

    /// Adds a text.
    mutating func add(_ name: String, _ text: String) {
        add("name=\"\(name)\"", Array(text.utf8))
    }

    private mutating func add(_ about: String, _ bytes: [UInt8]) {
        let head = "--\(Self.boundary)\r\nContent-Disposition: form-data; \(about)\r\n\r\n"
        content += Array(head.utf8) + bytes + Array("\r\n".utf8)
    }
}

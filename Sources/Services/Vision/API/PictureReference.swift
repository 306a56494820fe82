package import JSON
package import LanguagePipeline

/// A picture as a request names it: in the request itself, or at an address.
package struct PictureReference: Sendable {
    /// Where the picture is.
    package enum Source: Sendable {
        /// In the request: a data URI or bare base64.
        case inline(JSONText)
        /// At an address of `http` or `https`.
        case remote(String)
    }

    /// How closely the model is to look.
    package enum Detail: String, Sendable, CaseIterable {
        case auto, low, high
    }

    /// Where the picture is.
    package let source: Source
    /// How closely the model is to look.
    package let detail: Detail
    /// What refusals call its place.
    package let field: String

    /// Reads a text.
    ///
    /// A text with a scheme must be `data:` in base64, or an address; every other text is base64
    /// and never a path.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - detail: How closely the model is to look.
    ///   - field: What refusals call its place.
    /// - Throws: `Refusal` for other schemes and for data URIs that are no pictures in base64.
    package init(_ text: JSONText, detail: Detail = .auto, field: String) throws(Refusal) {
        self.detail = detail
        self.field = field
        guard let colon = text.utf8.prefix(Self.longestScheme).firstIndex(of: UInt8(ascii: ":"))
        else {
            source = .inline(text)
            return
        }
        let scheme = String(decoding: text.utf8[..<colon], as: UTF8.self).lowercased()
        switch scheme {
        case "data":
            try Self.checkHead(text.utf8[(colon + 1)...], field)
            source = .inline(text)
        case "http", "https": source = .remote(text.string)
        default:
            throw Refusal(
                400,
                code: "invalid_image",
                "'\(field)': a picture is a data URI, base64 or an 'https://' address, and nothing"
                    + " else is read"
            ).about(field)
        }
    }

    /// Reads a text, or an object that has it.
    ///
    /// - Parameters:
    ///   - value: A text, `{"url": …, "detail": …}`, `{"data": …}`, or a whole part of a message.
    ///   - field: What refusals call its place.
    package init(_ value: JSONValue, field: String) throws {
        if let text = value.textValue {
            try self.init(text, field: field)
            return
        }
        let fields = try JSONFields(value, path: field)
        let members = ["url", "data", "image", "source", "image_url"].filter { fields.has($0) }
        guard let name = members.first else { throw fields.error("url", "is missing") }
        guard members.count == 1 else {
            throw Refusal(
                badRequest:
                    "'\(field)' names more than one picture: \(members.joined(separator: ", "))",
                field: field
            )
        }
        try Self.checkKind(fields, field)
        let inner = try PictureReference(fields.require(name, fields.value(name)), field: field)
        let word = try fields.string("detail")
        guard let detail = word.map({ Detail(rawValue: $0) }) ?? inner.detail else {
            throw fields.error("detail", "must be 'auto', 'low' or 'high'")
        }
        self.init(source: inner.source, detail: detail, field: field)
    }

    private init(source: Source, detail: Detail, field: String) {
        self.source = source
        self.detail = detail
        self.field = field
    }

    /// The reference as answers repeat it: its first hundred characters.
    package var summary: String {
        switch source {
        case .inline(let text):
            let start = String(decoding: text.utf8.prefix(Self.summaryLength), as: UTF8.self)
            return text.utf8.count > Self.summaryLength ? start + "..." : start
        case .remote(let text):
            return text.count > Self.summaryLength
                ? String(text.prefix(Self.summaryLength)) + "..." : text
        }
    }

    private static let summaryLength = 100
    /// Base64 has no colon, so one this early ends a scheme.
    private static let longestScheme = 64

    /// Refuses an object that says it is something else than a picture.
    private static func checkKind(_ fields: JSONFields, _ field: String) throws {
        guard let type = try fields.string("type") else { return }
        guard ["image", "image_url", "input_image", "base64", "url"].contains(type) else {
            throw Refusal(badRequest: "'\(field)' is of type '\(type)', no picture", field: field)
        }
    }

    /// Refuses a data URI that is no picture in base64.
    private static func checkHead(_ rest: ArraySlice<UInt8>, _ field: String) throws(Refusal) {
        let comma = rest.prefix(256).firstIndex(of: UInt8(ascii: ","))
        let head = comma.map { String(decoding: rest[..<$0], as: UTF8.self).lowercased() } ?? ""
        let kind = head.prefix { $0 != ";" }
        guard head.hasSuffix(";base64"),
            kind.isEmpty || kind.hasPrefix("image/") || kind == "application/octet-stream"
        else {
            throw Refusal(
                400,
                code: "invalid_image",
                "'\(field)': a data URI must be a picture in base64: 'data:image/…;base64,…'"
            ).about(field)
        }
    }
}

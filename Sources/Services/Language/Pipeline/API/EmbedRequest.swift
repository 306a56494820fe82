package import JSON

/// A request to `/api/embed`, or to the older `/api/embeddings`.
package struct EmbedRequest: Sendable {
    /// The model, as the client names it.
    package var model: String
    /// The texts.
    package var inputs: [String]
    /// Whether texts that do not fit are cut.
    package var truncates: Bool
    /// How many numbers of each are kept; nil for all.
    package var dimensions: Int?
    /// How long the model stays afterwards; nil for what is usual.
    package var keepAlive: KeepAlive?
    /// The options of the request alone.
    package var options: GenerationOptions

    /// Most texts of one request.
    package static let mostInputs = 4096

    /// Reads a request to `/api/embed`.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try JSONFields(lenient: json)
        try self.init(fields, inputs: Self.inputs(fields.value("input")))
        truncates = try fields.bool("truncate") ?? true
        dimensions = try fields.integer("dimensions").flatMap { $0 > 0 ? $0 : nil }
    }

    /// Reads a request to `/api/embeddings`.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(single json: JSONValue) throws {
        let fields = try JSONFields(lenient: json)
        let prompt = try fields.string("prompt") ?? ""
        try self.init(fields, inputs: prompt.isEmpty ? [] : [prompt])
    }

    private init(_ fields: JSONFields, inputs: [String]) throws {
        model = try fields.string("model") ?? ""
        self.inputs = inputs
        truncates = true
        keepAlive = try GenerationFields.keepAlive(fields)
        options = try GenerationFields.options(fields)
    }

    private static func inputs(_ value: JSONValue?) throws(Refusal) -> [String] {
        guard let value, !value.isNull else { return [] }
        if let text = value.stringValue { return text.isEmpty ? [] : [text] }
        guard let list = value.arrayValue else { throw Refusal(badRequest: "invalid input type") }
        guard list.count <= mostInputs else {
            throw Refusal(badRequest: "more than \(mostInputs) texts")
        }
        var texts: [String] = []
        for item in list {
            guard let text = item.stringValue else {
                throw Refusal(badRequest: "invalid input type")
            }
            texts.append(text)
        }
        return texts
    }
}

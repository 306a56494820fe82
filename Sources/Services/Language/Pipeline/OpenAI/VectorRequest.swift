package import JSON

/// A request to `/v1/embeddings`.
package struct VectorRequest: Sendable {
    /// The model, as the client names it.
    package var model: String
    /// What vectors are made of.
    package var inputs: [CompletionRequest.Prompt]
    /// How many numbers of each are kept; nil for all.
    package var dimensions: Int?
    /// Whether vectors come as base64 of their bytes.
    package var isEncoded: Bool
    /// Whether texts that do not fit are cut, and how long the model stays.
    package var common: GenerationFields

    /// Reads a request.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try OpenAIFields.object(json)
        model = try OpenAIFields.model(fields)
        common = GenerationFields(model: model, streams: false)
        common.options = try DoorOptions(fields, into: &common).checked()
        inputs = try Self.inputs(fields)
        dimensions = try fields.integer("dimensions", in: 1...(1 << 24))
        switch try fields.string("encoding_format") ?? "float" {
        case "float": isEncoded = false
        case "base64": isEncoded = true
        case let other:
            throw Refusal(
                badRequest: "'\(other)' is neither 'float' nor 'base64'",
                field: "encoding_format"
            )
        }
    }

    private static func inputs(_ fields: JSONFields) throws -> [CompletionRequest.Prompt] {
        let invalid = Refusal(badRequest: "invalid input", field: "input")
        guard let value = fields.value("input") else { throw invalid }
        if let text = value.stringValue {
            guard !text.isEmpty else { throw invalid }
            return [.text(text)]
        }
        guard let list = value.arrayValue, let first = list.first else { throw invalid }
        if first.integerValue != nil {
            return [.tokens(try CompletionRequest.tokens(value, fields, "input"))]
        }
        guard list.count <= EmbedRequest.mostInputs else {
            throw Refusal(badRequest: "more than \(EmbedRequest.mostInputs) texts", field: "input")
        }
        return try list.enumerated().map { index, item in
            guard let text = item.stringValue else {
                return .tokens(try CompletionRequest.tokens(item, fields, "input[\(index)]"))
            }
            guard !text.isEmpty else { throw invalid }
            return .text(text)
        }
    }
}

package import JSON

/// A request to put texts in the order in which they answer a question.
package struct RerankRequest: Sendable {
    /// The model, as the client names it.
    package var model: String
    /// The question.
    package var query: String
    /// The texts.
    package var documents: [String]
    /// How many of the best are told; nil for all.
    package var count: Int?
    /// Whether the texts are told with their numbers.
    package var returnsDocuments: Bool
    /// How long the model stays afterwards; nil for what is usual.
    package var keepAlive: KeepAlive?
    /// The options of the request alone.
    package var options: GenerationOptions

    /// Most texts of one request.
    package static let mostDocuments = 4096

    /// Reads a request, in the form that Jina, Cohere and llama.cpp share.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try JSONFields(lenient: json)
        model = try fields.string("model") ?? ""
        query = try fields.string("query") ?? ""
        guard !query.isEmpty else { throw Refusal(badRequest: "query is required") }
        documents = []
        let list = try fields.array("documents") ?? fields.array("texts")
        guard let list, !list.isEmpty else {
            throw Refusal(badRequest: "documents must be a list of texts")
        }
        guard list.count <= Self.mostDocuments else {
            throw Refusal(badRequest: "more than \(Self.mostDocuments) documents")
        }
        for item in list {
            guard let text = item.stringValue ?? item["text"]?.stringValue else {
                throw Refusal(badRequest: "documents must be texts, or objects with a text")
            }
            documents.append(text)
        }
        count = try fields.integer("top_n")
        if let count, count < 1 { throw Refusal(badRequest: "top_n must be at least 1") }
        returnsDocuments = try fields.bool("return_documents") ?? false
        keepAlive = try GenerationFields.keepAlive(fields)
        options = try GenerationFields.options(fields)
    }
}

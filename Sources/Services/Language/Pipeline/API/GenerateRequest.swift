package import JSON

/// A request to `/api/generate`.
package struct GenerateRequest: Sendable {
    /// What requests for text have in common.
    package var common: GenerationFields
    /// The prompt; empty to load or unload the model.
    package var prompt: String
    /// What comes after the text that is asked for; nil when there is nothing.
    package var suffix: String?
    /// Replaces the model's own system text.
    package var system: String?
    /// Replaces the model's own template, in Go's template language.
    package var template: String?
    /// The tokens of an earlier turn.
    package var context: [Int]
    /// Whether the prompt goes to the model as it is.
    package var isRaw: Bool
    /// Images, in base64.
    package var images: [JSONText]

    /// Most tokens of an earlier turn.
    private static let longestContext = 1 << 24

    /// Reads a request.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try JSONFields(lenient: json)
        common = try GenerationFields(fields)
        prompt = try fields.string("prompt") ?? ""
        suffix = try fields.string("suffix").flatMap { $0.isEmpty ? nil : $0 }
        system = try fields.string("system").flatMap { $0.isEmpty ? nil : $0 }
        template = try fields.string("template").flatMap { $0.isEmpty ? nil : $0 }
        isRaw = try fields.bool("raw") ?? false
        context = []
        for value in try fields.array("context") ?? [] {
            guard let token = value.integerValue, token >= 0, context.count < Self.longestContext
            else { throw fields.error("context", "must be the numbers of an earlier answer") }
            context.append(token)
        }
        images = []
        for value in try fields.array("images") ?? [] {
            guard let text = value.textValue else {
                throw fields.error("images", "must be texts in base64")
            }
            images.append(text)
        }
        if isRaw, template != nil || system != nil || !context.isEmpty {
            throw Refusal(badRequest: "raw mode does not support template, system, or context")
        }
    }

    /// Whether there is nothing to do but to load or unload the model.
    package var isEmpty: Bool { prompt.isEmpty && suffix == nil && images.isEmpty }
}

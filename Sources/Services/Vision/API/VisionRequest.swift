package import JSON
package import LanguagePipeline

/// What the service allows, and what it assumes where a request says nothing.
package struct VisionRules: Sendable, Hashable {
    /// Most tokens of an answer.
    package var mostTokens = 512
    /// Most pictures of a conversation.
    package var mostPictures = 16
    /// What requests that say nothing else are answered with.
    package var usual = GenerationOptions()

    /// The rules of a service that was told nothing.
    package init() {}
}

/// A request to `/v1/chat/completions`, its pictures apart.
package struct VisionRequest: Sendable {
    /// The request; its pictures are empty.
    package var chat: ChatCompletionRequest
    /// Its pictures, in order.
    package let pictures: [PictureReference]

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - rules: What is allowed.
    /// - Throws: `Refusal`, or `JSONFieldError` for a member of a wrong type.
    package init(_ json: JSONValue, rules: VisionRules) throws {
        let fields = try JSONFields(json)
        for name in ["model", "messages"] where !fields.has(name) {
            throw Refusal(badRequest: "Missing '\(name)' field", field: name)
        }
        let parts = try PictureParts(json)
        guard parts.pictures.count <= rules.mostPictures else {
            throw Refusal(
                badRequest: "the conversation has \(parts.pictures.count) pictures; at most"
                    + " \(rules.mostPictures) are taken",
                field: "messages"
            )
        }
        pictures = parts.pictures
        chat = try ChatCompletionRequest(parts.json)
        let options = chat.conversation.common.options
        if let count = options.integer("num_predict"), !(1...rules.mostTokens).contains(count) {
            throw Refusal(
                badRequest: "'max_tokens' must be from 1 to \(rules.mostTokens)",
                field: "max_tokens"
            )
        }
        chat.conversation.usual = rules.usual.falling(backTo: chat.conversation.usual)
    }

    /// The wish with a limit of tokens that holds whatever the model says of itself.
    ///
    /// - Parameters:
    ///   - own: What the model says.
    ///   - rules: What is allowed.
    package static func limit(_ wish: inout ConversationWish, own: Int?, _ rules: VisionRules) {
        guard wish.common.options.integer("num_predict") == nil, let own else { return }
        let limit: JSONObject = [
            "num_predict": JSONValue(own < 1 ? rules.mostTokens : min(own, rules.mostTokens))
        ]
        // A whole number is never refused.
        guard let options = try? GenerationOptions(limit) else { return }
        wish.common.options = wish.common.options.falling(backTo: options)
    }
}

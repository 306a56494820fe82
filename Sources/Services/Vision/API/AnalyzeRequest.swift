package import JSON
package import LanguagePipeline

/// A request to `/v1/vision/analyze`: one question about several pictures.
package struct AnalyzeRequest: Sendable {
    /// What is wrong with a picture, or the picture.
    package typealias Item = Result<PictureReference, any Error>

    /// The pictures, or why one cannot be read, in order.
    package let items: [Item]
    /// Whether each picture is looked at for itself; otherwise all of them at once.
    package let isIndividual: Bool
    /// The question, with one empty picture, or with as many as there are.
    package let wish: ConversationWish

    /// Members that only this request has.
    private static let own: Set = ["images", "prompt", "system", "return_individual_results"]

    /// Reads a request.
    ///
    /// Beside its own members it has those of chats that say how an answer is written.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - model: The model of requests that name none.
    ///   - mostPictures: Most pictures that are looked at one by one.
    ///   - rules: What is allowed.
    /// - Throws: `Refusal`, or `JSONFieldError` for a member of a wrong type.
    package init(
        _ json: JSONValue,
        model: String,
        mostPictures: Int,
        rules: VisionRules
    ) throws {
        let fields = try JSONFields(json)
        guard let images = try fields.array("images"), !images.isEmpty else {
            throw Refusal(badRequest: "Missing 'images' field", field: "images")
        }
        guard let prompt = try fields.string("prompt"), !prompt.isEmpty else {
            throw Refusal(badRequest: "Missing 'prompt' field", field: "prompt")
        }
        isIndividual = try fields.bool("return_individual_results") ?? true
        let limit = isIndividual ? mostPictures : rules.mostPictures
        guard images.count <= limit else {
            throw Refusal(
                badRequest: "'images' has \(images.count) items; at most \(limit) are taken",
                field: "images"
            )
        }
        if try fields.bool("stream") == true {
            throw Refusal(
                badRequest: "results come as a whole; /v1/chat/completions streams",
                field: "stream"
            )
        }
        items = images.enumerated().map { index, value in
            Item { try PictureReference(value, field: "images[\(index)]") }
        }
        let system = try fields.string("system")
        let chat = Self.chat(
            fields,
            prompt,
            system,
            model,
            pictures: isIndividual ? 1 : images.count
        )
        let request = try VisionRequest(chat, rules: rules)
        guard request.chat.count == 1 else {
            throw Refusal(badRequest: "each picture has one result; 'n' must be 1", field: "n")
        }
        wish = request.chat.conversation
    }

    private static func chat(
        _ fields: JSONFields,
        _ prompt: String,
        _ system: String?,
        _ model: String,
        pictures: Int
    ) -> JSONValue {
        var object = JSONObject(
            fields.object.members.filter { !own.contains($0.name) }.map { ($0.name, $0.value) }
        )
        if !fields.has("model") { object["model"] = .string(model) }
        var messages: [JSONValue] = []
        if let system { messages.append(["role": "system", "content": .string(system)]) }
        let parts = [JSONValue](repeating: PictureParts.empty, count: pictures)
        let text: JSONValue = ["type": "text", "text": .string(prompt)]
        messages.append(["role": "user", "content": .array(parts + [text])])
        object["messages"] = .array(messages)
        return .object(object)
    }
}

extension Result where Failure == any Error {
    /// What a closure returns or throws.
    fileprivate init(_ body: () throws -> Success) {
        do {
            self = .success(try body())
        } catch {
            self = .failure(error)
        }
    }
}

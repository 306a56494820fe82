package import JSON

/// What requests for text have in common, whether they carry a prompt or messages.
package struct GenerationFields: Sendable, Hashable {
    /// The model, as the client names it.
    package var model: String
    /// Whether the answer comes piece by piece.
    package var streams: Bool
    /// The form of the answer.
    package var format: OutputFormat
    /// How long the model stays afterwards; nil for what is usual.
    package var keepAlive: KeepAlive?
    /// The options of the request alone.
    package var options: GenerationOptions
    /// Whether the model is to think; nil for what it does by itself.
    package var think: ThinkWish?
    /// Whether history that does not fit is cut.
    package var truncates: Bool
    /// Whether old text makes room when the context is full.
    package var shifts: Bool?
    /// Whether the probabilities of tokens are told.
    package var tellsProbabilities: Bool
    /// How many other tokens are told beside each one; 0 to 20.
    package var alternatives: Int
    /// Whether the prompt is only shown.
    package var rendersOnly: Bool

    /// Reads the common fields.
    ///
    /// - Parameter fields: The request.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ fields: JSONFields) throws {
        model = try fields.string("model") ?? ""
        streams = try fields.bool("stream") ?? true
        format = try OutputFormat(fields.value("format"))
        keepAlive = try Self.keepAlive(fields)
        options = try Self.options(fields)
        think = try fields.value("think").map { value throws(Refusal) in try ThinkWish(value) }
        truncates = try fields.bool("truncate") ?? true
        shifts = try fields.bool("shift")
        tellsProbabilities = try fields.bool("logprobs") ?? false
        alternatives = try fields.integer("top_logprobs") ?? 0
        guard (0...20).contains(alternatives) else {
            throw Refusal(badRequest: "top_logprobs must be between 0 and 20")
        }
        rendersOnly = try fields.bool("_debug_render_only") ?? false
    }

    /// Reads `keep_alive`.
    ///
    /// - Parameter fields: The request.
    /// - Throws: `Refusal` in the words that clients know.
    package static func keepAlive(_ fields: JSONFields) throws(Refusal) -> KeepAlive? {
        guard let value = fields.value("keep_alive") else { return nil }
        do {
            return try KeepAlive(value)
        } catch {
            throw Refusal(badRequest: error.message)
        }
    }

    /// Reads `options`.
    ///
    /// - Parameter fields: The request.
    /// - Throws: `Refusal` for one of a wrong type, `JSONFieldError` when they are no object.
    package static func options(_ fields: JSONFields) throws -> GenerationOptions {
        guard let object = try fields.fields("options")?.object else { return GenerationOptions() }
        do {
            return try GenerationOptions(object)
        } catch {
            throw Refusal(badRequest: error.message)
        }
    }
}

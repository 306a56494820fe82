internal import HTTPService
internal import JSON

/// The paths of Anthropic's API.
struct AnthropicRoutes: Sendable {
    let core: LanguageCore

    /// Adds them.
    func add(to router: inout Router) {
        router.setErrors(.anthropicDoor, below: "/v1/messages")
        let messages = MessagesHandler(core: core)
        router.add(
            Self.post(
                "/v1/messages",
                "Writes the next message of a conversation.",
                AnthropicSchemas.messages
            ) { try await messages.answer($0) }
        )
        router.add(
            Self.post(
                "/v1/messages/count_tokens",
                "Tells how long a prompt is.",
                AnthropicSchemas.count,
                streams: false
            ) { try await messages.count($0) }
        )
    }

    private static func post(
        _ path: String,
        _ summary: String,
        _ schema: JSONValue,
        streams: Bool = true,
        _ answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Route {
        Route(
            .post,
            path,
            .init(
                summary,
                request: schema,
                response: OllamaRoutes.anyObject,
                streamType: streams ? "text/event-stream" : nil
            ),
            errors: .anthropicDoor,
            handler: .task(answer)
        )
    }
}

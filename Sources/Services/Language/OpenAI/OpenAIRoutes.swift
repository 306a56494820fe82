internal import HTTPService
internal import JSON

/// The paths of OpenAI's API.
struct OpenAIRoutes: Sendable {
    let core: LanguageCore

    /// Adds them.
    func add(to router: inout Router) {
        router.setErrors(.openAIDoor, below: "/v1/")
        let chat = ChatCompletionHandler(core: core)
        router.add(
            Self.post(
                "/v1/chat/completions",
                "Writes the next message of a conversation.",
                OpenAISchemas.chat
            ) { try await chat.answer($0) }
        )
    }

    /// A route that takes an object and answers with one, or with events.
    static func post(
        _ path: String,
        _ summary: String,
        _ schema: JSONValue,
        _ answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Route {
        Route(
            .post,
            path,
            .init(summary, request: schema),
            errors: .openAIDoor,
            handler: .task(answer)
        )
    }

    /// A route that answers with an object.
    static func get(
        _ path: String,
        _ summary: String,
        _ answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Route {
        Route(
            .get,
            path,
            .init(summary, response: OllamaRoutes.anyObject),
            errors: .openAIDoor,
            handler: .task(answer)
        )
    }
}

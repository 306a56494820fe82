internal import DeviceClient
internal import HTTPService
internal import JSON
internal import LanguagePipeline

/// The paths of OpenAI's API.
struct OpenAIRoutes: Sendable {
    let core: LanguageCore

    /// Adds them.
    func add(to router: inout Router) {
        router.setErrors(.openAIDoor, below: "/v1/")
        let chat = ChatCompletionHandler(core: core)
        router.add(
            Route.post(
                "/v1/chat/completions",
                "Writes the next message of a conversation.",
                OpenAISchemas.chat,
                errors: .openAIDoor,
                streamType: Self.events,
                shortTasks: core.device.executor
            ) { try await chat.answer($0) }
        )
        let completion = CompletionHandler(core: core)
        router.add(
            Route.post(
                "/v1/completions",
                "Goes on with prompts.",
                OpenAISchemas.completion,
                errors: .openAIDoor,
                streamType: Self.events
            ) {
                try await completion.answer($0)
            }
        )
        let vectors = VectorHandler(core: core)
        router.add(
            Route.post(
                "/v1/embeddings",
                "Makes vectors of texts.",
                OpenAISchemas.vectors,
                errors: .openAIDoor
            ) { try await vectors.answer($0) }
        )
        let responses = ResponsesHandler(core: core)
        router.add(
            Route.post(
                "/v1/responses",
                "Writes an answer that later requests may go on from.",
                OpenAISchemas.responses,
                errors: .openAIDoor,
                streamType: Self.events
            ) { try await responses.answer($0) }
        )
        let place = "/v1/responses/{id}"
        router.add(Self.get(place, "Tells an answer again.") { try responses.find($0) })
        router.add(
            Route(
                .delete,
                place,
                .init("Lets go of an answer.", response: Route.anyObject),
                errors: .openAIDoor,
                handler: .task { try responses.remove($0) }
            )
        )
        let models = OpenAIModelHandler(core: core)
        router.add(Self.get("/v1/models", "Lists the models.") { _ in models.list() })
        // Names may have slashes: a namespace, and a host before it.
        for path in ["{model}", "{namespace}/{model}", "{host}/{namespace}/{model}"] {
            router.add(Self.get("/v1/models/\(path)", "Tells of a model.") { try models.one($0) })
        }
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
            .init(summary, response: Route.anyObject),
            errors: .openAIDoor,
            handler: .task(answer)
        )
    }

    /// The type of streams.
    private static let events = ChatCompletionShape.streamType
}

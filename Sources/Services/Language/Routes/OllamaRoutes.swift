internal import DeviceClient
internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import Logging
internal import VocabularyClient

/// The paths of Ollama's own API.
struct OllamaRoutes: Sendable {
    let core: LanguageCore
    let vocabulary: VocabularyClient

    /// The version of Ollama whose API this is; clients compare it.
    static let version = "0.30.0"

    /// All routes but the standard ones.
    var router: Router {
        var router = Router()
        addQuestions(&router)
        addTexts(&router)
        addEmbeddings(&router)
        addTokens(&router)
        OpenAIRoutes(core: core).add(to: &router)
        AnthropicRoutes(core: core, vocabulary: vocabulary).add(to: &router)
        if let work = core.models.work { addManagement(&router, work) }
        return router
    }

    private func addQuestions(_ router: inout Router) {
        router.add(
            Route(
                .get,
                "/",
                .init("Says that the service is there."),
                logLevel: .debug,
                handler: .report { .text("Ollama is running") }
            )
        )
        router.add(
            Route(
                .get,
                "/api/version",
                .init("The version of the API.", response: Route.anyObject),
                handler: .report { .json(["version": .string(Self.version)]) }
            )
        )
        router.add(
            Route(
                .get,
                "/api/status",
                .init("Says that nothing runs elsewhere.", response: Route.anyObject),
                handler: .report { .json(["cloud": ["disabled": true, "source": "config"]]) }
            )
        )
        let models = ModelHandlers(core: core)
        router.add(
            Route(
                .get,
                "/api/tags",
                .init("Lists the models.", response: Route.anyObject),
                handler: .task { _ in models.tags() }
            )
        )
        router.add(
            Route(
                .get,
                "/api/ps",
                .init("Lists the models that are in memory.", response: Route.anyObject),
                handler: .task { _ in try await models.running() }
            )
        )
        router.add(
            Route.post("/api/show", "Tells of a model.") { try models.show($0) }
        )
    }

    private func addTexts(_ router: inout Router) {
        let generate = GenerateHandler(core: core)
        router.add(
            Route.post(
                "/api/generate",
                "Answers a prompt.",
                streamType: Self.lines,
                shortTasks: core.device.executor
            ) { try await generate.answer($0) }
        )
        let chat = ChatHandler(core: core)
        router.add(
            Route.post(
                "/api/chat",
                "Writes the next message of a conversation.",
                streamType: Self.lines,
                shortTasks: core.device.executor
            ) { try await chat.answer($0) }
        )
    }

    private func addEmbeddings(_ router: inout Router) {
        let embed = EmbedHandler(core: core)
        router.add(
            Route.post("/api/embed", "Makes vectors of texts.") { try await embed.answer($0) }
        )
        router.add(
            Route.post("/api/embeddings", "Makes a vector of a text, as long as the model made it.")
            { try await embed.single($0) }
        )
    }

    /// What Ollama has not.
    private func addTokens(_ router: inout Router) {
        let ranks = RerankHandler(core: core)
        for path in ["/api/rerank", "/v1/rerank"] {
            router.add(
                Route.post(path, "Puts texts in the order in which they answer a question.") {
                    try await ranks.answer($0)
                }
            )
        }
        let tokens = TokenHandler(core: core, vocabulary: vocabulary)
        router.add(
            Route.post("/api/tokenize", "Cuts a text into tokens.") {
                try await tokens.tokenize($0)
            }
        )
        router.add(
            Route.post("/api/detokenize", "Joins tokens to a text.") {
                try await tokens.detokenize($0)
            }
        )
    }

    /// What changes the store.
    private func addManagement(_ router: inout Router, _ work: StoreWork) {
        let create = CreateHandler(work: work)
        router.add(
            Route.post(
                "/api/create",
                "Makes a model of another one, or of files.",
                streamType: Self.lines
            ) {
                try await create.answer($0)
            }
        )
        let transfers = TransferHandlers(work: work)
        router.add(
            Route.post(
                "/api/pull",
                "Brings a model from a registry.",
                streamType: Self.lines
            ) { try await transfers.pull($0) }
        )
        router.add(
            Route.post(
                "/api/push",
                "Sends a model to a registry.",
                streamType: Self.lines
            ) { try await transfers.push($0) }
        )
        router.add(
            Route(
                .get,
                "/api/catalogue",
                .init("Lists the short names that can be pulled.", response: Route.anyObject),
                handler: .report { transfers.catalogue() }
            )
        )
        let copies = CopyHandlers(work: work)
        router.add(
            Route.post("/api/copy", "Gives a model a second name.") { try await copies.copy($0) }
        )
        router.add(
            Route(
                .delete,
                "/api/delete",
                .init("Takes a model away.", request: Route.anyObject),
                handler: .task { try await copies.delete($0) }
            )
        )
        let blobs = BlobHandler(work: work)
        router.add(
            Route(
                .get,
                "/api/blobs/{digest}",
                .init("Says whether a file is there; with HEAD."),
                handler: .task { try await blobs.exists($0) }
            )
        )
        router.add(
            Route(
                .post,
                "/api/blobs/{digest}",
                .init("Takes a file in."),
                bodyLimit: BlobHandler.mostBytes,
                handler: .upload { try await blobs.upload($0, $1) }
            )
        )
    }

    /// The type of streams.
    private static let lines = TextReply.streamType
}

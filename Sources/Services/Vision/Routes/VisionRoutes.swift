internal import HTTPService
internal import JSON

/// The paths of the vision service.
struct VisionRoutes: Sendable {
    let core: VisionCore

    /// All routes but the standard ones.
    var router: Router {
        var router = Router()
        let chat = VisionChatHandler(core: core)
        router.add(
            Route(
                .post,
                "/v1/chat/completions",
                VisionSchema.chat,
                handler: .task { try await chat.answer($0) }
            )
        )
        let analyze = AnalyzeHandler(core: core)
        router.add(
            Route(
                .post,
                "/v1/vision/analyze",
                VisionSchema.analyze,
                handler: .task { try await analyze.answer($0) }
            )
        )
        router.add(
            Route(
                .get,
                "/v1/models",
                VisionSchema.models,
                handler: .task { [core] _ in .json(core.models()) }
            )
        )
        // Names may have slashes: a namespace, and a host before it.
        for path in ["{model}", "{namespace}/{model}", "{host}/{namespace}/{model}"] {
            router.add(
                Route(
                    .get,
                    "/v1/models/\(path)",
                    VisionSchema.model,
                    handler: .task { [core] in .json(try core.model(of: $0)) }
                )
            )
        }
        return router
    }
}

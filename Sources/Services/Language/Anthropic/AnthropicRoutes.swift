internal import DeviceClient
internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import VocabularyClient

/// The paths of Anthropic's API.
struct AnthropicRoutes: Sendable {
    let core: LanguageCore
    let vocabulary: VocabularyClient

    /// Adds them.
    func add(to router: inout Router) {
        router.setErrors(.anthropicDoor, below: "/v1/messages")
        let messages = MessagesHandler(core: core, vocabulary: vocabulary)
        router.add(
            Route.post(
                "/v1/messages",
                "Writes the next message of a conversation.",
                AnthropicSchemas.messages,
                errors: .anthropicDoor,
                streamType: Self.events,
                shortTasks: core.device.executor
            ) { try await messages.answer($0) }
        )
        router.add(
            Route.post(
                "/v1/messages/count_tokens",
                "Tells how long a prompt is.",
                AnthropicSchemas.count,
                errors: .anthropicDoor
            ) { try await messages.count($0) }
        )
    }

    /// The type of streams.
    private static let events = MessagesShape.streamType
}

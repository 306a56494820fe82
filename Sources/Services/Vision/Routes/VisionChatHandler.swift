internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LanguageService
internal import POSIX

/// `/v1/chat/completions`: the next message of a conversation about pictures.
struct VisionChatHandler: Sendable {
    let core: VisionCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let rules = core.settings.rules
        var wish = try VisionRequest(.object(request.json().object), rules: rules)
        let claim = try core.claim(request)
        let model = try core.model(wish.chat.conversation.common.model)
        // What the answer is told to come from is what it comes from.
        wish.chat.conversation.common.model = model.name
        VisionRequest.limit(&wish.chat.conversation, own: model.integer("num_predict"), rules)
        let pictures = try await core.studio.develop(wish.pictures, for: claim)
        wish.chat.conversation.fill(pictures.map(\.base64))
        var order = Conversations.Order(
            wish.chat.conversation,
            of: model,
            for: claim,
            requestID: request.id,
            arrived: arrived
        )
        order.count = wish.chat.count
        order.preparation = AnswerPreparation(pictures)
        let shape = ChatCompletionShape(
            id: core.conversations.identifier("chatcmpl-"),
            model: model.name,
            created: WallTime.now.seconds,
            wish.chat
        )
        let preparing = pictures.reduce(.zero) { $0 + $1.times.sum }
        return try await core.conversations.answer(
            order,
            in: VisionShape(shape, preparing: preparing)
        )
    }
}

internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import POSIX
internal import ServiceKit

/// `/v1/responses`: answers that later requests may go on from.
struct ResponsesHandler: Sendable {
    let core: LanguageCore
    let kept = KeptResponses()

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        var wish = try ResponsesRequest(RequestBody.json(of: request))
        let claim = try core.claim(request)
        var earlier: [JSONValue] = []
        if let previous = wish.previous {
            guard let found = kept.find(previous, of: claim) else {
                throw Refusal(
                    400,
                    code: "previous_response_not_found",
                    "there is no response '\(previous)', or no more"
                ).about("previous_response_id")
            }
            earlier = found.items
            try wish.converse(after: earlier)
        }
        let common = wish.conversation.common
        let model = try await core.served(common.model)
        let job = try TextJob(core: core, model: model, wish.conversation, claim: claim)
        let items = earlier + wish.items
        let isKept = wish.isKept && kept.fits(items)
        var answer = TextAnswer(
            core: core,
            shape: ResponsesShape(
                id: core.identifier(ResponsesShape.idStart, letters: 32),
                model: common.model,
                created: WallTime.now.seconds,
                wish,
                isKept: isKept
            ),
            errors: .openAIDoor,
            requestID: request.id,
            arrived: arrived
        )
        if isKept {
            answer.ended = { [kept] shape in kept.keep(shape, after: items, of: claim) }
        }
        return try await OpenAIErrors.told(common, form: "text.format", prompt: "input") {
            [answer] in
            try await answer.answer([job], streams: common.streams)
        }
    }

    /// Answers with one that is kept.
    func find(_ request: HTTPRequest) throws -> HTTPResponse {
        if request.query("stream") == "true" {
            throw Refusal(badRequest: "what is kept does not come in a stream", field: "stream")
        }
        let id = request.parameter("id")
        guard let found = kept.find(id, of: try core.claim(request)) else { throw missing(id) }
        return .json(bytes: found.body)
    }

    /// Lets go of one that is kept.
    func remove(_ request: HTTPRequest) throws -> HTTPResponse {
        let id = request.parameter("id")
        guard kept.remove(id, of: try core.claim(request)) else { throw missing(id) }
        return .json(["id": .string(id), "object": "response", "deleted": true])
    }

    private func missing(_ id: String) -> Refusal {
        Refusal(404, code: "response_not_found", "there is no response '\(id)', or no more")
    }
}

/// The answers that are kept, as all requests share them.
final class KeptResponses: Sendable {
    private let store = Guarded(ResponseStore())
    private let began = MonotonicTime.now

    /// Whether a conversation can be kept at all.
    func fits(_ items: [JSONValue]) -> Bool {
        // Its answer is to fit, too.
        ResponseStore.size(of: items) <= ResponseStore.Limits().bytes / 2
    }

    func keep(_ shape: ResponsesShape, after items: [JSONValue], of claim: RequestClaim) {
        guard let complete = shape.complete else { return }
        let entry = ResponseStore.Entry(
            body: JSONValue.object(complete).serialized,
            items: items + shape.output
        )
        store.withLock {
            $0.keep(shape.id, of: Self.owner(claim), entry, at: .now - began)
        }
    }

    func find(_ id: String, of claim: RequestClaim) -> ResponseStore.Entry? {
        store.withLock { $0.find(id, of: Self.owner(claim), at: .now - began) }
    }

    func remove(_ id: String, of claim: RequestClaim) -> Bool {
        store.withLock { $0.remove(id, of: Self.owner(claim), at: .now - began) }
    }

    /// Users for whom a key speaks see their own answers alone.
    private static func owner(_ claim: RequestClaim) -> String {
        claim.key + (claim.subKey.map { "\n\($0)" } ?? "")
    }
}

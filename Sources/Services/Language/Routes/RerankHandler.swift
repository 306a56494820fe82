internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import POSIX
internal import ServiceKit

/// `/api/rerank` and `/v1/rerank`: texts in the order in which they answer a question.
struct RerankHandler: Sendable {
    let core: LanguageCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let wish = try RerankRequest(RequestBody.json(of: request))
        guard !wish.model.isEmpty else { throw Refusal(badRequest: "model is required") }
        let claim = try core.claim(request)
        let model = try await core.find(wish.model)
        guard model.ranks else {
            throw Refusal(badRequest: "\"\(wish.model)\" does not support reranking")
        }
        let options = wish.options.falling(backTo: model.parameters)
        let outcome: Ranker.Outcome
        do {
            outcome = try await core.ranker.rank(
                Ranker.Job(
                    model: model,
                    plan: core.plan(model, options, for: .ranking),
                    query: wish.query,
                    documents: wish.documents,
                    claim: claim,
                    keepAlive: core.span(wish.keepAlive)
                )
            )
        } catch {
            throw DeviceWords.translated(error)
        }
        var response = HTTPResponse.json([
            "model": .string(wish.model),
            "results": .array(Self.results(wish, outcome.scores)),
            "usage": [
                "prompt_tokens": JSONValue(outcome.tokens),
                "total_tokens": JSONValue(outcome.tokens),
            ],
            "total_duration": .integer((MonotonicTime.now - arrived).nanoseconds),
            "load_duration": .integer(outcome.loading.nanoseconds),
        ])
        response.timings = [("queue", outcome.queue), ("load", outcome.loading)]
        response.notes = [
            ("model", wish.model), ("documents", "\(wish.documents.count)"),
            ("prompt_tokens", "\(outcome.tokens)"),
        ]
        return response
    }

    /// The best first; those with the same number as they came.
    private static func results(_ wish: RerankRequest, _ scores: [Double]) -> [JSONValue] {
        let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        return order.prefix(wish.count ?? order.count).map { index in
            var result: JSONObject = [
                "index": JSONValue(index), "relevance_score": .number(scores[index]),
            ]
            if wish.returnsDocuments {
                result["document"] = ["text": .string(wish.documents[index])]
            }
            return .object(result)
        }
    }
}

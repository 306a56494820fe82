internal import DeviceClient
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import POSIX
internal import ServiceKit

/// Has models say how well texts answer a question.
struct Ranker: Sendable {
    let turns: EngineTurns
    let metrics: LanguageMetrics

    /// What is asked for.
    struct Job: Sendable {
        let model: LanguageModel
        let plan: LoadPlan
        let query: String
        let documents: [String]
        let claim: RequestClaim
        let keepAlive: ResidencySpan
    }

    /// What came of it.
    struct Outcome: Sendable {
        /// A number for each text, in their order, the higher the better, on a scale of the model's own.
        var scores: [Double] = []
        var tokens = 0
        var loading = Duration.zero
        var queue = Duration.zero
    }

    func rank(_ job: Job) async throws -> Outcome {
        let answer = try await turns.ask(
            job.plan,
            of: job.model,
            for: job.claim,
            keepAlive: job.keepAlive,
            counting: metrics
        ) { connection in
            try await Self.ask(job, connection)
        }
        var outcome = answer.value
        outcome.loading = answer.loading
        outcome.queue = answer.queue
        metrics.embedded(job.model.name, tokens: outcome.tokens)
        return outcome
    }

    private static func ask(
        _ job: Job,
        _ connection: EngineConnection
    ) async throws -> Outcome {
        let reply: JSONValue
        do {
            reply = try await connection.call(
                "/v1/rerank",
                [
                    "query": .string(job.query),
                    "documents": .array(job.documents.map { .string($0) }),
                ]
            )
        } catch let failure as EngineFailure where failure.isTooLong {
            throw Refusal(
                400,
                code: "context_exceeded",
                "the query and a document together exceed the context length"
            )
        }
        var scores = [Double?](repeating: nil, count: job.documents.count)
        for item in reply["results"]?.arrayValue ?? [] {
            guard let index = item["index"]?.integerValue, scores.indices.contains(index) else {
                throw EngineConnection.nonsense("a number has no place")
            }
            scores[index] = item["relevance_score"]?.doubleValue
        }
        var outcome = Outcome()
        outcome.scores = scores.compactMap { $0 }
        guard outcome.scores.count == scores.count else {
            throw EngineConnection.nonsense("a document has no number")
        }
        outcome.tokens = reply["usage"]?["prompt_tokens"]?.integerValue ?? 0
        return outcome
    }
}

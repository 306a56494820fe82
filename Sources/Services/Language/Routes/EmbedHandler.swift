internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import POSIX
internal import ServiceKit

/// `/api/embed` and `/api/embeddings`: vectors of texts.
struct EmbedHandler: Sendable {
    let core: LanguageCore

    /// Answers `/api/embed`.
    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let wish = try EmbedRequest(RequestBody.json(of: request))
        guard !wish.model.isEmpty else { throw Refusal(badRequest: "model is required") }
        let outcome = try await embed(wish, request, isNormalized: true)
        let numbers = outcome.vectors.count * (outcome.vectors.first?.count ?? 0)
        var writer = JSONWriter(reserving: 128 + 14 * numbers)
        writer.beginObject()
        writer.name("model")
        writer.string(wish.model)
        writer.name("embeddings")
        writer.beginArray()
        for vector in outcome.vectors {
            write(Self.shortened(vector, to: wish.dimensions), &writer)
        }
        writer.endArray()
        // What is zero is left out, as clients know it.
        for (name, number) in [
            ("total_duration", (MonotonicTime.now - arrived).nanoseconds),
            ("load_duration", outcome.loading.nanoseconds),
            ("prompt_eval_count", Int64(outcome.tokens)),
        ] where number != 0 {
            writer.name(name)
            writer.integer(number)
        }
        writer.endObject()
        return response(writer.finish(), wish, outcome)
    }

    /// `/api/embeddings`: one text, whose vector is as the model made it.
    func single(_ request: HTTPRequest) async throws -> HTTPResponse {
        let wish = try EmbedRequest(single: RequestBody.json(of: request))
        guard !wish.model.isEmpty else { throw Refusal(badRequest: "model is required") }
        let outcome = try await embed(wish, request, isNormalized: false)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("embedding")
        write(outcome.vectors.first ?? [], &writer)
        writer.endObject()
        return response(writer.finish(), wish, outcome)
    }

    private func embed(
        _ wish: EmbedRequest,
        _ request: HTTPRequest,
        isNormalized: Bool
    ) async throws -> Embedder.Outcome {
        let claim = try core.claim(request)
        let model = try await core.find(wish.model)
        let options = wish.options.falling(backTo: model.parameters)
        let plan = core.plan(model, options, for: .embedding)
        do {
            if wish.inputs.isEmpty {
                try await core.load(model, plan, claim, wish.keepAlive)
                return Embedder.Outcome()
            }
            return try await core.embedder.embed(
                Embedder.Job(
                    model: model,
                    plan: plan,
                    inputs: wish.inputs.map { .text($0) },
                    truncates: wish.truncates,
                    isNormalized: isNormalized,
                    claim: claim,
                    keepAlive: core.span(wish.keepAlive)
                )
            )
        } catch {
            throw DeviceWords.translated(error)
        }
    }

    private func response(
        _ body: [UInt8],
        _ wish: EmbedRequest,
        _ outcome: Embedder.Outcome
    ) -> HTTPResponse {
        var response = HTTPResponse.json(bytes: body)
        response.timings = [("queue", outcome.queue), ("load", outcome.loading)]
        response.notes = [
            ("model", wish.model), ("texts", "\(wish.inputs.count)"),
            ("prompt_tokens", "\(outcome.tokens)"),
        ]
        return response
    }

    private func write(_ vector: [Float], _ writer: inout JSONWriter) {
        writer.beginArray()
        for number in vector { writer.number(number) }
        writer.endArray()
    }

    /// The first numbers of a vector, of length 1 again.
    static func shortened(_ vector: [Float], to count: Int?) -> [Float] {
        guard let count, count < vector.count else { return vector }
        let kept = vector.prefix(count)
        let square = kept.reduce(0) { $0 + Double($1) * Double($1) }
        guard square > 0 else { return Array(kept) }
        return kept.map { Float(Double($0) / square.squareRoot()) }
    }
}

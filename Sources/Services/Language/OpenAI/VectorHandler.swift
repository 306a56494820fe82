internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import POSIX
internal import ServiceKit
internal import Text

/// `/v1/embeddings`: vectors of texts.
struct VectorHandler: Sendable {
    let core: LanguageCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let wish = try VectorRequest(RequestBody.json(of: request))
        let outcome = try await embed(wish, core.claim(request))
        let length = outcome.vectors.first?.count ?? 0
        if let count = wish.dimensions, count > length {
            throw Refusal(badRequest: "vectors have \(length) dimensions", field: "dimensions")
        }
        var writer = JSONWriter(reserving: 128 + 14 * length * outcome.vectors.count)
        writer.beginObject()
        writer.name("object")
        writer.string("list")
        writer.name("data")
        writer.beginArray()
        for (index, vector) in outcome.vectors.enumerated() {
            write(EmbedHandler.shortened(vector, to: wish.dimensions), index, wish, &writer)
        }
        writer.endArray()
        writer.name("model")
        writer.string(wish.model)
        writer.name("usage")
        writer.value([
            "prompt_tokens": JSONValue(outcome.tokens), "total_tokens": JSONValue(outcome.tokens),
        ])
        writer.endObject()
        var response = HTTPResponse.json(bytes: writer.finish())
        response.timings = [("queue", outcome.queue), ("load", outcome.loading)]
        response.notes = [
            ("model", wish.model), ("texts", "\(wish.inputs.count)"),
            ("prompt_tokens", "\(outcome.tokens)"),
        ]
        return response
    }

    private func embed(
        _ wish: VectorRequest,
        _ claim: RequestClaim
    ) async throws -> Embedder.Outcome {
        let model = try await core.served(wish.model)
        let options = wish.common.options.falling(backTo: model.parameters)
        do {
            return try await core.embedder.embed(
                Embedder.Job(
                    model: model,
                    plan: core.plan(model, options, for: .embedding),
                    inputs: wish.inputs.map { input in
                        switch input {
                        case .text(let text): .text(text)
                        case .tokens(let tokens): .tokens(tokens)
                        }
                    },
                    truncates: wish.common.truncates,
                    isNormalized: true,
                    claim: claim,
                    keepAlive: core.span(wish.common.keepAlive)
                )
            )
        } catch let refusal as Refusal where refusal.code == "context_exceeded" {
            throw Refusal(400, code: "context_length_exceeded", refusal.message).about("input")
        } catch {
            throw DeviceWords.translated(error)
        }
    }

    private func write(
        _ vector: [Float],
        _ index: Int,
        _ wish: VectorRequest,
        _ writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("object")
        writer.string("embedding")
        writer.name("index")
        writer.integer(Int64(index))
        writer.name("embedding")
        if wish.isEncoded {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(4 * vector.count)
            for number in vector {
                for shift in stride(from: UInt32(0), to: 32, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
                }
            }
            writer.string(Base64.encoded(bytes))
        } else {
            writer.beginArray()
            for number in vector { writer.number(number) }
            writer.endArray()
        }
        writer.endObject()
    }
}

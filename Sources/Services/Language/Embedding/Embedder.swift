internal import DeviceClient
internal import DeviceProtocol
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import POSIX
internal import ServiceKit
internal import Text

/// Has models make vectors of texts.
struct Embedder: Sendable {
    let turns: EngineTurns
    let metrics: LanguageMetrics

    /// What is asked for.
    struct Job: Sendable {
        let model: LanguageModel
        let plan: LoadPlan
        let inputs: [EmbedInput]
        let truncates: Bool
        /// Whether vectors have the length 1.
        let isNormalized: Bool
        let claim: RequestClaim
        let keepAlive: ResidencySpan
    }

    /// What came of it.
    struct Outcome: Sendable {
        /// A vector for each text, in their order.
        var vectors: [[Float]] = []
        var tokens = 0
        var loading = Duration.zero
        var queue = Duration.zero
    }

    func embed(_ job: Job) async throws -> Outcome {
        let answer = try await turns.ask(
            job.plan,
            of: job.model,
            for: job.claim,
            keepAlive: job.keepAlive,
            counting: metrics
        ) { connection in
            var outcome = Outcome()
            try await ask(job, connection, &outcome)
            return outcome
        }
        var outcome = answer.value
        outcome.loading = answer.loading
        outcome.queue = answer.queue
        metrics.embedded(job.model.name, tokens: outcome.tokens)
        return outcome
    }

    private func ask(
        _ job: Job,
        _ connection: EngineConnection,
        _ outcome: inout Outcome
    ) async throws {
        let texts = JSONValue.array(job.inputs.map(\.json))
        do {
            try await ask(job, texts, connection, &outcome)
        } catch let failure as EngineFailure where failure.isTooLong {
            guard job.truncates else {
                throw Refusal(
                    400,
                    code: "context_exceeded",
                    "the input length exceeds the context length"
                )
            }
            try await ask(job, try await cut(job, connection), connection, &outcome)
        }
    }

    private func ask(
        _ job: Job,
        _ input: JSONValue,
        _ connection: EngineConnection,
        _ outcome: inout Outcome
    ) async throws {
        let reply = try await connection.call(
            "/v1/embeddings",
            [
                "input": input, "encoding_format": "base64",
                "embd_normalize": job.isNormalized ? 2 : -1,
            ]
        )
        var vectors = [[Float]](repeating: [], count: job.inputs.count)
        for item in reply["data"]?.arrayValue ?? [] {
            guard let index = item["index"]?.integerValue, vectors.indices.contains(index),
                let text = item["embedding"]?.textValue
            else { throw EngineConnection.nonsense("a vector has no place") }
            vectors[index] = try Self.vector(text)
        }
        guard !vectors.contains(where: \.isEmpty) else {
            throw EngineConnection.nonsense("a text has no vector")
        }
        outcome.vectors = vectors
        outcome.tokens = reply["usage"]?["prompt_tokens"]?.integerValue ?? 0
    }

    /// The texts as tokens, each cut to what fits.
    private func cut(_ job: Job, _ connection: EngineConnection) async throws -> JSONValue {
        var lists: [JSONValue] = []
        for input in job.inputs {
            guard case .text(let text) = input else {
                // Tokens are cut as they are: they may have no marks around them.
                let tokens = input.json.arrayValue ?? []
                lists.append(.array(Array(tokens.prefix(job.plan.context - 1))))
                continue
            }
            let reply = try await connection.call(
                "/tokenize",
                ["content": .string(text), "add_special": true, "parse_special": true]
            )
            var tokens = reply["tokens"]?.arrayValue ?? []
            // The engine wants room for one token more.
            let limit = job.plan.context - 1
            if tokens.count > limit {
                // The mark at the end belongs to every text; the one before it goes instead.
                let last = tokens.last
                tokens = Array(tokens.prefix(max(0, limit - 1)))
                if let last { tokens.append(last) }
            }
            guard tokens.count > 1 else {
                throw Refusal(
                    400,
                    code: "context_exceeded",
                    "input after truncation exceeds maximum context length"
                )
            }
            lists.append(.array(tokens))
        }
        return .array(lists)
    }

    /// Numbers of four bytes each, the lowest first, in base64.
    private static func vector(_ text: JSONText) throws -> [Float] {
        guard let bytes = Base64.decoded(text.utf8), bytes.count.isMultiple(of: 4) else {
            throw EngineConnection.nonsense("a vector is no base64")
        }
        let vector = unsafe bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { index in
                let bits = unsafe bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
        guard vector.allSatisfy({ $0.isFinite }) else {
            throw EngineFailure(
                status: 500,
                type: "server_error",
                message: "the model made a vector of no numbers"
            )
        }
        return vector
    }
}

extension EngineFailure {
    /// Whether a text has more tokens than the engine takes.
    var isTooLong: Bool {
        type == "exceed_context_size_error" || message.contains("is too large to process")
    }
}

internal import DeviceProtocol
internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import POSIX
internal import ServiceKit

/// The way of texts to the client: piece by piece, or as a whole.
struct TextAnswer<Shape: AnswerShape>: Sendable {
    let core: LanguageCore
    let shape: Shape
    /// The shape of errors in the middle of a stream.
    let errors: ErrorEnvelope
    let requestID: String
    let arrived: MonotonicTime
    /// What the request took before it came here, for `Server-Timing` and the log.
    var preparation = AnswerPreparation()
    /// Told of an answer that is complete, before the client has its end.
    var ended: @Sendable (Shape) -> Void = { _ in }

    /// Bytes that a client may leave unread before the engine has to wait for it.
    ///
    /// Some 8,000 tokens: who reads slowly holds up nobody else's turn, because the text goes on without
    /// him and his ticket ends with it. An answer that comes as a whole waits here as a whole too.
    private static var unreadLimit: Int { 1 << 20 }

    /// - Parameters:
    ///   - jobs: The texts, which are the answer's choices.
    ///   - streams: Whether they come piece by piece.
    func answer(_ jobs: [TextJob], streams: Bool) async throws -> HTTPResponse {
        guard streams else {
            // A whole answer may be long: it is made where nobody else waits.
            return try await withTaskExecutorPreference(WorkerPool.shared) {
                try await whole(jobs)
            }
        }
        var response = HTTPResponse.stream(Shape.streamType) { stream in
            try await send(jobs, to: stream)
        }
        if Shape.streamType == "text/event-stream" {
            response.headers.add("Cache-Control", "no-store")
        }
        response.unreadLimit = Self.unreadLimit
        // Refusals have their own status as long as nothing was sent.
        response.startsLate = true
        return response
    }

    private func whole(_ jobs: [TextJob]) async throws -> HTTPResponse {
        var choices: [AnswerChoice] = []
        var last = TextOutcome()
        for job in jobs {
            var all = GenerationPiece()
            var thoughts = 0
            last = try await write(job) { pieces, _ in
                for piece in pieces {
                    thoughts += piece.thoughts
                    all.append(named(piece, job))
                }
            }
            choices.append(AnswerChoice(all, AnswerFigures(last, thoughts, since: arrived)))
        }
        var shape = shape
        let body = shape.whole(choices) { WallTime.now.rfc3339 }
        ended(shape)
        var response = HTTPResponse.json(bytes: body)
        response.timings = timings(last)
        response.notes = jobs.last.map { notes($0, last) } ?? []
        return response
    }

    private func send(_ jobs: [TextJob], to stream: AnswerStream) async throws {
        var shape = shape
        var hasBegun = false
        do {
            for (index, job) in jobs.enumerated() {
                var thoughts = 0
                let outcome = try await write(job) { pieces, outcome in
                    let isFirst = !hasBegun
                    if isFirst {
                        hasBegun = true
                        stream.change { $0.timings = timings(outcome) }
                    }
                    var bytes: [UInt8] = []
                    for piece in pieces {
                        thoughts += piece.thoughts
                        let figures = AnswerFigures(outcome, thoughts, since: arrived)
                        bytes += shape.piece(named(piece, job), of: index, figures) {
                            WallTime.now.rfc3339
                        }
                    }
                    try await stream.write(bytes)
                    // Afterwards: the first piece is waited for.
                    if isFirst { core.metrics.began(job.model.name, after: .now - arrived) }
                }
                if index == jobs.count - 1 {
                    // The head went out before these were known.
                    stream.note("prompt", took: outcome.end.promptTime)
                    stream.note("eval", took: outcome.end.generationTime)
                    for note in notes(job, outcome) { stream.note(note.name, note.value) }
                }
                let figures = AnswerFigures(outcome, thoughts, since: arrived)
                let end = shape.end(of: index, figures) { WallTime.now.rfc3339 }
                hasBegun = hasBegun || !end.isEmpty
                if index < jobs.count - 1 {
                    try await stream.write(end)
                } else {
                    let rest = end + shape.finish()
                    ended(shape)
                    try await stream.write(rest)
                }
            }
        } catch {
            guard hasBegun, !Task.isCancelled else { throw error }
            stream.note("error", "\(error)")
            // The status is out: the client learns of it in the stream.
            let known = (error as? any HTTPErrorConvertible)?.httpError
            let told =
                known ?? HTTPError(500, code: "internal_error", "the service failed to go on")
            try await stream.write(shape.failure(errors.body(for: told, requestID: requestID)))
        }
    }

    private func write(
        _ job: TextJob,
        _ emit: TextWriter.Emit
    ) async throws -> TextOutcome {
        do {
            return try await core.writer.write(job, emit)
        } catch {
            throw DeviceWords.translated(error)
        }
    }

    /// A piece whose calls of tools have names that the next message can refer to.
    private func named(_ piece: GenerationPiece, _ job: TextJob) -> GenerationPiece {
        guard !piece.calls.isEmpty else { return piece }
        var piece = piece
        piece.calls.removeAll { $0.index >= job.mostCalls }
        for index in piece.calls.indices where piece.calls[index].id.isEmpty {
            piece.calls[index].id = core.callName()
        }
        return piece
    }

    private func timings(_ outcome: TextOutcome) -> [(name: String, duration: Duration)] {
        var list = [("queue", outcome.queue), ("load", outcome.loading)]
        if outcome.end.generatedTokens > 0 {
            list += [("prompt", outcome.end.promptTime), ("eval", outcome.end.generationTime)]
        }
        return preparation.timings + list.map { (name: $0.0, duration: $0.1) }
    }

    private func notes(
        _ job: TextJob,
        _ outcome: TextOutcome
    ) -> [(name: String, value: String)] {
        preparation.notes + [
            ("model", job.model.name), ("class", job.claim.ticketClass.rawValue),
            ("prompt_tokens", "\(outcome.end.promptTokens)"),
            ("cached_tokens", "\(outcome.end.cachedTokens)"),
            ("tokens", "\(outcome.end.generatedTokens)"),
        ]
    }
}

/// What was done for a request before its model was asked.
package struct AnswerPreparation: Sendable {
    /// How long the steps took; names are tokens.
    package var timings: [(name: String, duration: Duration)] = []
    /// What the log says of them.
    package var notes: [(name: String, value: String)] = []

    /// Nothing was done.
    package init() {}
}

extension AnswerFigures {
    /// What a text took.
    ///
    /// - Parameters:
    ///   - outcome: How it ended, or what is known so far.
    ///   - thoughts: Tokens of thoughts, of those that were generated.
    ///   - arrived: When it was asked for.
    init(_ outcome: TextOutcome, _ thoughts: Int, since arrived: MonotonicTime) {
        self.init()
        total = MonotonicTime.now - arrived
        loading = outcome.loading
        end = outcome.end
        self.thoughts = thoughts
        leftOut = outcome.leftOut
        restarts = outcome.restarts
        context = outcome.tokens
    }
}

internal import DeviceProtocol
internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import POSIX
internal import ServiceKit

/// The way of a text to the client: piece by piece, or as a whole.
struct TextAnswer: Sendable {
    let core: LanguageCore
    let reply: TextReply
    let arrived: MonotonicTime

    func answer(_ job: TextJob, streams: Bool) async throws -> HTTPResponse {
        guard streams else { return try await whole(job) }
        var response = HTTPResponse.lines { stream in
            try await send(job, to: stream)
        }
        // Refusals have their own status as long as nothing was sent.
        response.startsLate = true
        return response
    }

    private func whole(_ job: TextJob) async throws -> HTTPResponse {
        var all = GenerationPiece()
        let outcome = try await write(job) { pieces, _ in
            for piece in pieces { all.append(piece) }
        }
        var response = HTTPResponse.json(
            bytes: reply.end(named(all), figures(outcome), at: WallTime.now.rfc3339)
        )
        response.timings = Self.timings(outcome)
        response.notes = notes(job, outcome)
        return response
    }

    private func send(_ job: TextJob, to stream: AnswerStream) async throws {
        var hasBegun = false
        do {
            let outcome = try await write(job) { pieces, outcome in
                if !hasBegun {
                    hasBegun = true
                    core.metrics.began(job.model.name, after: .now - arrived)
                    stream.change { $0.timings = Self.timings(outcome) }
                }
                let moment = WallTime.now.rfc3339
                try await stream.write(pieces.flatMap { reply.line(named($0), at: moment) })
            }
            for note in notes(job, outcome) { stream.note(note.name, note.value) }
            let end = reply.end(GenerationPiece(), figures(outcome), at: WallTime.now.rfc3339)
            try await stream.write(end + [UInt8(ascii: "\n")])
        } catch {
            guard hasBegun, !Task.isCancelled else { throw error }
            stream.note("error", "\(error)")
            try await stream.line(ErrorLine.json(error))
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
    private func named(_ piece: GenerationPiece) -> GenerationPiece {
        guard piece.calls.contains(where: \.id.isEmpty) else { return piece }
        var piece = piece
        for index in piece.calls.indices where piece.calls[index].id.isEmpty {
            piece.calls[index].id = core.callName()
        }
        return piece
    }

    private func figures(_ outcome: TextOutcome) -> TextReply.Figures {
        var figures = TextReply.Figures()
        figures.total = MonotonicTime.now - arrived
        figures.loading = outcome.loading
        figures.end = outcome.end
        figures.leftOut = outcome.leftOut
        figures.restarts = outcome.restarts
        figures.context = outcome.tokens
        return figures
    }

    private static func timings(_ outcome: TextOutcome) -> [(name: String, duration: Duration)] {
        var list = [("queue", outcome.queue), ("load", outcome.loading)]
        if outcome.end.generatedTokens > 0 {
            list += [("prompt", outcome.end.promptTime), ("eval", outcome.end.generationTime)]
        }
        return list.map { (name: $0.0, duration: $0.1) }
    }

    private func notes(
        _ job: TextJob,
        _ outcome: TextOutcome
    ) -> [(name: String, value: String)] {
        [
            ("model", job.model.name), ("class", job.claim.ticketClass.rawValue),
            ("prompt_tokens", "\(outcome.end.promptTokens)"),
            ("cached_tokens", "\(outcome.end.cachedTokens)"),
            ("tokens", "\(outcome.end.generatedTokens)"),
        ]
    }
}

internal import DeviceClient
internal import DeviceProtocol
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import ModelStore
internal import POSIX
internal import ServiceKit

/// Has models write texts: takes a turn, asks the engine, and hands on what it says.
///
/// Long prompts are made and sent on the threads that requests have; short ones, and all that comes
/// back, are handled by the thread on which the grant and the answer arrive, because a change of threads
/// costs more than all that is done with them.
struct TextWriter: Sendable {
    /// Takes pieces in order, those together that arrived together.
    typealias Emit = (_ pieces: [GenerationPiece], _ outcome: TextOutcome) async throws -> Void

    let turns: EngineTurns
    let metrics: LanguageMetrics
    /// What keeps conversations; nil where none are kept.
    let keeper: ConversationKeeper?

    /// What a text has come to, through all engines that worked on it.
    struct Progress: ~Copyable {
        var request: LanguageMetrics.Request
        /// What the engine has said, as it said it.
        var raw = GenerationPiece()
        var generated = 0
        /// Tokens of the prompt, once the engine has told.
        var prompt = 0
        var outcome = TextOutcome()
        /// The engine that works on it; nil where conversations are not kept.
        var engine: ConversationKeeper.Engine?
        /// Whether the prompt alone is too long, so that its middle is left out.
        var isCut = false
        /// What the engine is asked first, where that was made while the turn was asked for.
        var question: ChatQuestion?
    }

    /// Writes a text.
    ///
    /// An engine that is lost in the middle is replaced and told what was written so far, unless that
    /// cannot be right: a grammar, probabilities or calls of tools do not survive it.
    ///
    /// - Parameters:
    ///   - job: What is asked for.
    ///   - emit: Takes the pieces in order.
    /// - Returns: How it ended.
    /// - Throws: `Refusal`, `EngineFailure`, `DeviceError`, `CancellationError`, or what `emit` throws.
    func write(
        _ job: TextJob,
        _ emit: Emit
    ) async throws -> TextOutcome {
        let asked = MonotonicTime.now
        var progress = Progress(request: metrics.begin(job.model.name))
        var isFirst = true
        let isShort = job.isShort
        return try await turns.take(
            job.plan,
            of: job.model,
            for: job.claim,
            keepAlive: job.keepAlive,
            isShort: isShort,
            meanwhile: { if isShort { progress.question = job.question } }
        ) { grant, connection in
            progress.request.run(true)
            defer { progress.request.run(false) }
            if isFirst {
                progress.outcome.loading = grant.loading
                progress.outcome.queue = MonotonicTime.now - asked - grant.loading
                isFirst = false
            } else if !progress.raw.isEmpty {
                try Self.checkContinues(job, progress.raw)
                progress.outcome.restarts += 1
            }
            let begun = MonotonicTime.now
            progress.engine = grant.engines.values.first.map {
                ConversationKeeper.Engine(fingerprint: job.plan.fingerprint, instance: $0)
            }
            try await attempt(job, connection, &progress, emit)
            await Self.leaveOutStops(of: grant, since: begun, &progress.outcome.end)
            metrics.ended(job.model.name, progress.outcome.end)
            return progress.outcome
        }
    }

    /// Answers that took less are told as the engine measured them: asking would cost more than it says.
    private static let shortest = Duration.milliseconds(50)

    /// Takes the time in which the engine was stopped for others out of what it says it took.
    private static func leaveOutStops(
        of grant: Grant,
        since begun: MonotonicTime,
        _ end: inout GenerationEnd
    ) async {
        let whole = MonotonicTime.now - begun
        guard whole > shortest, let held = try? await grant.held() else { return }
        let share = held / whole
        // What is missing for less than a hundredth is the way to and fro, and no stop.
        if share < 0.99 { end.scaleTimes(by: share) }
    }

    /// Whether a text that was begun can go on in another engine.
    private static func checkContinues(_ job: TextJob, _ raw: GenerationPiece) throws(Refusal) {
        let reason =
            job.format != .free || job.parameters["grammar"] != nil
            ? "its form is prescribed"
            : job.probabilities != nil
                ? "probabilities are told" : !raw.calls.isEmpty ? "it has called tools" : nil
        guard let reason else { return }
        throw Refusal(
            500,
            code: "engine_lost",
            "the engine was lost in the middle of the answer, which cannot go on because \(reason)"
        )
    }

    /// Asks one engine; a prompt that is too long is asked again with less of its history.
    private func attempt(
        _ job: TextJob,
        _ connection: EngineConnection,
        _ progress: inout Progress,
        _ emit: Emit
    ) async throws {
        while true {
            do {
                return try await ask(job, connection, &progress, emit)
            } catch let failure as EngineFailure
                where failure.type == "exceed_context_size_error" && progress.raw.isEmpty
            {
                let excess = Self.excess(failure, job.plan.context)
                if job.truncates, let more = leave(job, excess, progress.outcome.leftOut) {
                    progress.outcome.leftOut = more
                } else if job.truncates, job.shifts, !progress.isCut, job.canBeCut {
                    progress.isCut = true
                } else {
                    throw Refusal(
                        400,
                        code: "context_exceeded",
                        "the prompt is longer than the context length currently available to the"
                            + " model; \(failure.message)"
                    )
                }
            }
        }
    }

    /// How many times longer than it may be a prompt is.
    private static func excess(_ failure: EngineFailure, _ context: Int) -> Double {
        let tokens = failure.promptTokens ?? 2 * context
        return Double(tokens) / Double(max(context, 1))
    }

    /// How many messages to leave out next; nil when all were that can be.
    private func leave(_ job: TextJob, _ excess: Double, _ leftOut: Int) -> Int? {
        switch job.call {
        case .chat(let conversation), .rendered(let conversation):
            return conversation.leaving(excess, after: leftOut)
        case .completion(let prompt):
            guard leftOut < prompt.mostLeftOut else { return nil }
            // Of what is left, the part that is too much.
            let rest = Double(prompt.mostLeftOut - leftOut)
            let more = max(1, Int(rest * (1 - 1 / max(excess, 1.001))))
            return min(leftOut + more, prompt.mostLeftOut)
        }
    }

    private func ask(
        _ job: TextJob,
        _ connection: EngineConnection,
        _ progress: inout Progress,
        _ emit: Emit
    ) async throws {
        switch job.call {
        case .chat(let conversation) where !progress.isCut:
            try await chat(conversation, job, connection, &progress, emit)
        case .completion(let prompt):
            let text = try prompt.text(progress.outcome.leftOut)
            try await complete(text, prompt, job, connection, &progress, emit)
        case .rendered(let conversation), .chat(let conversation):
            let history = conversation.without(progress.outcome.leftOut)
            let text = try await Self.prompt(history, job.think, connection)
            let reader = AnswerReader(
                thinking: job.model.can(.thinking) ? ThinkingSplitter(after: text) : nil,
                calls: history.calls.isDemanded
                    ? ToolCallReader(tag: CallForm.tag, tools: history.tools) : nil
            )
            let prompt = TextJob.Prompt(text: { _ in text }, reader: reader)
            try await complete(text, prompt, job, connection, &progress, emit)
        }
    }

    // MARK: The two ways

    private func chat(
        _ conversation: TextJob.History,
        _ job: TextJob,
        _ connection: EngineConnection,
        _ progress: inout Progress,
        _ emit: Emit
    ) async throws {
        let question =
            progress.question.take()
            ?? ChatQuestion(
                job,
                conversation.without(progress.outcome.leftOut),
                after: progress.raw,
                generated: progress.generated
            )
        let seat = try await enter(job, connection, progress) { question.marked }
        defer { leave(seat, progress) }
        let bytes = question.request(slot: seat?.slot)
        var reader = ChatEvents(alternatives: job.probabilities ?? 0)
        var content = EchoFilter(question.begun.content)
        var thinking = EchoFilter(question.begun.thinking)
        var repetition = RepetitionGuard()
        try await relay(job.plan, &progress, emit) {
            try await connection.stream("/v1/chat/completions", bytes)
        } take: { event, progress in
            var piece = GenerationPiece()
            if let text = ChatEvents.plainText(event) {
                piece.content = text
            } else {
                piece = try reader.take(EngineEvents.value(of: event))
                progress.prompt = reader.promptTokens
            }
            piece.content = content.take(piece.content)
            piece.thinking = thinking.take(piece.thinking)
            guard !piece.isEmpty else { return (piece, false) }
            progress.raw.append(piece)
            progress.generated += 1
            guard repetition.take(piece) else { return (piece, false) }
            connection.cut()
            reader.breakOff(after: progress.generated)
            return (piece, true)
        }
        try finish(reader.end, &progress)
    }

    private func complete(
        _ text: String,
        _ prompt: TextJob.Prompt,
        _ job: TextJob,
        _ connection: EngineConnection,
        _ progress: inout Progress,
        _ emit: Emit
    ) async throws {
        var context = job.context
        var given = text + progress.raw.content
        var pictures: [JSONText] = []
        if let marked = prompt.pictures {
            (given, pictures) = marked.filled(given, with: try await connection.pictureMarker())
        } else if progress.isCut {
            context = try await cut(text, job, connection) + progress.raw.tokens
            given = ""
        }
        // Marks have a secret, so no prompt with pictures is taken for another.
        let seat = try await enter(job, connection, progress) { Array(text.utf8) }
        defer { leave(seat, progress) }
        var parameters = job.parameters(after: progress.generated)
        if let slot = seat?.slot { parameters["id_slot"] = JSONValue(slot) }
        let body = EngineBody.completion(
            parameters,
            prompt: given,
            context: context,
            pictures: pictures,
            format: job.format,
            probabilities: job.probabilities
        ).serialized
        var reader = prompt.reader
        // What was said before goes through the reader again, and not out again.
        if !progress.raw.content.isEmpty { _ = reader.take(progress.raw.withoutTokens) }
        var answer = CompletionEvents(alternatives: max(0, (job.probabilities ?? 0)))
        var repetition = RepetitionGuard()
        try await relay(job.plan, &progress, emit) {
            try await connection.stream("/completion", body)
        } take: { event, progress in
            let said = answer.take(try EngineEvents.value(of: event))
            progress.raw.append(said)
            progress.generated += said.tokens.count
            progress.prompt = answer.promptTokens
            let piece = reader.take(said)
            guard repetition.take(said) else { return (piece, false) }
            connection.cut()
            answer.breakOff()
            return (piece, true)
        }
        let rest = reader.finish()
        if !rest.isEmpty { try await emit([rest], progress.outcome) }
        try finish(answer.end, &progress)
        guard job.wantsTokens else { return }
        let tokens = try await self.tokens(of: text, job, connection)
        progress.outcome.tokens = tokens + progress.raw.tokens
    }

    /// Hands on what the engine says, until it or `take` ends it.
    ///
    /// What is here already goes out together: waking the thread that sends costs more than a token.
    ///
    /// - Parameters:
    ///   - ask: Sends the request.
    ///   - take: Makes a piece, possibly an empty one, of an event; true ends the answer.
    private func relay(
        _ plan: LoadPlan,
        _ progress: inout Progress,
        _ emit: Emit,
        _ ask: () async throws -> EngineEvents,
        take: (ArraySlice<UInt8>, inout Progress) throws -> (GenerationPiece, Bool)
    ) async throws {
        try await withTaskExecutorPreference(turns.device.executor) {
            var events = try await ask()
            var pieces: [GenerationPiece] = []
            var isOver = false
            repeat {
                do {
                    if let event = try await events.read() {
                        let (piece, isLast) = try take(event, &progress)
                        if !piece.isEmpty { pieces.append(piece) }
                        isOver = isLast
                    } else {
                        isOver = true
                    }
                } catch {
                    // What came before the fault was said all the same.
                    if !pieces.isEmpty { try await emit(pieces, progress.outcome) }
                    throw error
                }
                guard isOver || !events.isNextHere else { continue }
                progress.outcome.end.promptTokens = progress.prompt
                progress.request.hold(progress.prompt + progress.generated, of: plan.room)
                if !pieces.isEmpty {
                    try await emit(pieces, progress.outcome)
                    pieces.removeAll(keepingCapacity: true)
                }
            } while !isOver
        }
    }

    private func finish(_ end: GenerationEnd?, _ progress: inout Progress) throws {
        guard let end else {
            throw DeviceError(.revoked, "the engine ended its answer too early")
        }
        let before = progress.outcome.end
        progress.outcome.end = end
        if progress.isCut { progress.outcome.end.isTruncated = true }
        // After a restart the engine counts what was said before as a part of the prompt.
        if progress.outcome.restarts > 0 {
            progress.outcome.end.generatedTokens = max(progress.generated, end.generatedTokens)
            progress.outcome.end.promptTime += before.promptTime
        }
    }
}

extension GenerationPiece {
    /// Its text alone.
    fileprivate var withoutTokens: GenerationPiece {
        var piece = GenerationPiece()
        piece.content = content
        return piece
    }
}

internal import Conversations
internal import DeviceClient
internal import Digests
internal import JSON
internal import LlamaServer
internal import Logging
internal import POSIX
internal import ServiceKit

/// Keeps conversations whose engine leaves, and gives them to the engine that comes after it.
///
/// DESIGN. A state is written once, when its engine is about to leave (`EngineDeparture`), and not
/// after each turn: that would be 57 MB each time for 2,000 tokens of a model of 318 million weights.
/// Which conversation a slot holds is known by the prompt that was sent there last; llama-server
/// compares what it reads with the prompt token by token, so that a wrong guess costs time and never
/// an answer. It does not check what it reads otherwise: it ends when a file is short, and computes
/// with whatever numbers are in it. So a file has a digest, and one that differs is not read.
final class ConversationKeeper: Sendable {
    /// One engine that a turn is on.
    struct Engine: Sendable {
        /// How it was started; see `LoadPlan.fingerprint`.
        let fingerprint: String
        /// What tells it from all others.
        let instance: String
    }

    private struct State {
        var index: ConversationIndex
        /// What engines hold, by fingerprint; of each the one that was seen last.
        var books = BoundedTable<String, Book>(limit: mostBooks)
    }

    private struct Book {
        let instance: String
        /// The model that it was used for last, for the metrics.
        var model: String
        var slots: SlotBook
        /// What a token takes in a file; nil before there was one.
        var tokenBytes: Int?
    }

    /// A file that an engine has written and nobody has looked at.
    private struct Draft {
        let name: String
        let content: SlotBook.Content
        let tokens: Int
        let bytes: Int
    }

    private let settings: ConversationSettings
    private let folder: ConversationFolder
    private let loop: EventLoop
    private let metrics: LanguageMetrics
    private let logger: Logger
    private let state: Guarded<State>
    /// Reads whole files.
    private let pool = WorkerPool(name: "conversations", limit: 2)

    /// Between two looks for what is too old.
    private static let pause = Duration.seconds(2)
    /// Engines that are remembered at most.
    private static let mostBooks = 1024

    /// Opens the folder, and forgets what is in it.
    ///
    /// - Throws: `SystemError`.
    init(
        _ settings: ConversationSettings,
        in folder: String,
        loop: EventLoop,
        metrics: LanguageMetrics,
        logger: Logger
    ) throws(SystemError) {
        self.settings = settings
        self.folder = try ConversationFolder(folder)
        self.loop = loop
        self.metrics = metrics
        self.logger = logger
        state = Guarded(State(index: ConversationIndex(limit: settings.bytes, age: settings.age)))
    }

    // MARK: Turns

    /// A request's place in an engine.
    struct Seat: Sendable {
        /// The slot that the request must name; nil where there is one only.
        let slot: Int?
        fileprivate let engine: Engine
        fileprivate let number: Int
        fileprivate let model: String
        /// Whether the slot was given a conversation that was kept.
        fileprivate let isRestored: Bool
    }

    /// Finds a place for a prompt, with the conversation that it goes on with where that was kept.
    ///
    /// - Parameters:
    ///   - job: What is asked for.
    ///   - engine: The engine whose turn it is.
    ///   - prompt: The prompt's text, or what that is made of.
    ///   - connection: The way to the engine; nobody else uses it.
    /// - Returns: The place, to be left; nil where conversations of this engine are not kept.
    /// - Throws: `DeviceError` when the engine is lost, `CancellationError`.
    func enter(
        _ job: TextJob,
        _ engine: Engine,
        prompt: [UInt8],
        over connection: EngineConnection
    ) async throws -> Seat? {
        guard job.plan.conversations != nil else { return nil }
        let trail = PromptTrail(prompt)
        let owner = Self.owner(of: job.claim)
        let (slot, held, kept, isMiss) = state.withLock { state in
            var book = state.books[engine.fingerprint]
            if book?.instance != engine.instance {
                book = Book(
                    instance: engine.instance,
                    model: job.model.name,
                    slots: SlotBook(slots: job.plan.slots),
                    tokenBytes: book?.tokenBytes
                )
            }
            let place = book?.slots.enter(trail, of: owner)
            book?.model = job.model.name
            state.books[engine.fingerprint] = book
            let known = place?.known ?? 0
            let kept = state.index.take(trail, of: owner, for: engine.fingerprint, beyond: known)
            let isLong = prompt.count / Self.usualTokenBytes >= settings.tokens
            let isMiss = kept == nil && place?.held == nil && isLong
            return (place?.slot ?? 0, place?.held, kept, isMiss)
        }
        if isMiss { metrics.conversation(.missed, of: job.model.name) }
        var isRestored = false
        if let kept {
            do {
                // What the slot holds would be gone.
                if let held { try await exchange(held, in: slot, of: engine, over: connection) }
                isRestored = try await restore(kept, to: slot, over: connection)
            } catch {
                // The engine is lost, or the client has gone: nobody knows of the file any more.
                folder.remove(kept.name)
                metrics.conversation(.lost, of: job.model.name)
                tellBytes()
                leave(engine, slot, tokens: 0)
                throw error
            }
            metrics.conversation(isRestored ? .restored : .lost, of: job.model.name)
            tellBytes()
        }
        return Seat(
            slot: job.plan.slots > 1 ? slot : nil,
            engine: engine,
            number: slot,
            model: job.model.name,
            isRestored: isRestored
        )
    }

    /// A request has ended.
    ///
    /// - Parameters:
    ///   - seat: Its place.
    ///   - tokens: Those of its prompt and its answer; 0 when nobody told.
    ///   - cached: Tokens of its prompt that were not computed.
    func leave(_ seat: Seat, tokens: Int, cached: Int) {
        leave(seat.engine, seat.number, tokens: tokens)
        if seat.isRestored { metrics.spared(cached, of: seat.model) }
    }

    private func leave(_ engine: Engine, _ slot: Int, tokens: Int) {
        state.withLock { state in
            guard state.books[engine.fingerprint]?.instance == engine.instance else { return }
            state.books[engine.fingerprint]?.slots.leave(slot, tokens: tokens)
        }
    }

    /// By which tokens are guessed before the engine has counted them.
    private static let usualTokenBytes = 4

    private static func owner(of claim: RequestClaim) -> String {
        claim.key + "\0" + (claim.subKey ?? "")
    }

    // MARK: Files

    private func restore(
        _ kept: KeptConversation,
        to slot: Int,
        over connection: EngineConnection
    ) async throws -> Bool {
        defer { folder.discard(kept.name, from: kept.engine) }
        do {
            try await withTaskExecutorPreference(pool) { [folder] in try folder.lend(kept) }
            _ = try await connection.call(
                "/slots/\(slot)?action=restore",
                ["filename": .string(kept.name)]
            )
            return true
        } catch let error as SystemError {
            logger.warning("a kept conversation is of no use", [("reason", "\(error)")])
        } catch let error as EngineFailure {
            logger.warning("an engine does not take a conversation", [("reason", "\(error)")])
        }
        return false
    }

    /// Writes what a slot holds that gets another conversation.
    private func exchange(
        _ held: SlotBook.Content,
        in slot: Int,
        of engine: Engine,
        over connection: EngineConnection
    ) async throws {
        guard let book = state.withLock({ $0.books[engine.fingerprint] }), isWorthAFile(held, book)
        else { return }
        do {
            let draft = try await write(held, in: slot, of: engine.fingerprint, over: connection)
            await keep(draft, of: engine.fingerprint, model: book.model)
        } catch let error as EngineFailure {
            logger.warning("a conversation was not written", [("reason", "\(error)")])
        }
    }

    private func isWorthAFile(_ content: SlotBook.Content, _ book: Book) -> Bool {
        content.tokens >= settings.tokens && content.trail.count > 0
            && content.tokens * (book.tokenBytes ?? 0) <= settings.bytes
    }

    private func write(
        _ content: SlotBook.Content,
        in slot: Int,
        of fingerprint: String,
        over connection: EngineConnection
    ) async throws -> Draft {
        let name = ConversationFolder.freshName()
        do {
            let answer = try await connection.call(
                "/slots/\(slot)?action=save",
                ["filename": .string(name)]
            )
            guard let tokens = answer["n_saved"]?.integerValue,
                let bytes = answer["n_written"]?.integerValue
            else { throw EngineConnection.nonsense("no size of a slot that was saved") }
            return Draft(name: name, content: content, tokens: tokens, bytes: bytes)
        } catch {
            folder.discard(name, from: fingerprint)
            throw error
        }
    }

    /// Takes a file over that an engine has written.
    private func keep(_ draft: Draft, of fingerprint: String, model: String) async {
        guard draft.tokens >= settings.tokens else {
            return folder.discard(draft.name, from: fingerprint)
        }
        let digest: SHA256Digest
        do {
            digest = try await withTaskExecutorPreference(pool) { [folder] in
                try folder.accept(draft.name, from: fingerprint, bytes: draft.bytes)
            }
        } catch {
            metrics.conversation(.lost, of: model)
            logger.warning("a conversation is not kept", [("reason", "\(error)")])
            return
        }
        let kept = KeptConversation(
            name: draft.name,
            owner: draft.content.owner,
            engine: fingerprint,
            trail: draft.content.trail,
            tokens: draft.tokens,
            bytes: draft.bytes,
            digest: digest,
            written: .now
        )
        let gone = state.withLock { state in
            state.books[fingerprint]?.tokenBytes = draft.bytes / max(1, draft.tokens)
            return state.index.add(kept)
        }
        for name in gone { folder.remove(name) }
        metrics.conversation(gone.contains(draft.name) ? .lost : .kept, of: model)
        tellBytes()
    }

    private func tellBytes() {
        metrics.keeps(state.withLock { $0.index.bytes })
    }

    // MARK: The end of engines and of files

    /// Writes what engines hold that are about to leave, until the task is cancelled.
    ///
    /// - Parameter departures: The engines.
    func follow(_ departures: AsyncStream<EngineDeparture>) async {
        await withDiscardingTaskGroup { group in
            for await departure in departures {
                group.addTask { await self.part(departure) }
            }
        }
    }

    private func part(_ departure: EngineDeparture) async {
        defer { departure.done() }
        guard let fingerprint = departure.model.split(separator: "@").last.map({ String($0) }),
            let book = state.withLock({ $0.books[fingerprint] }),
            book.instance == departure.engine
        else { return }
        let contents = book.slots.contents.filter { isWorthAFile($0.content, book) }
        var drafts: [Draft] = []
        var spare: FileDescriptorBox? = departure.socket
        let connection = EngineConnection(loop: loop) {
            guard let socket = spare.take() else {
                throw EngineConnection.nonsense("it has closed the only connection")
            }
            return socket
        }
        do {
            for (slot, content) in contents {
                drafts.append(
                    try await write(content, in: slot, of: fingerprint, over: connection)
                )
            }
        } catch {
            // Too slow, or it cannot write there: the rest is computed again.
            metrics.conversation(.lost, of: book.model)
            logger.warning("a conversation was not written", [("reason", "\(error)")])
        }
        departure.done()
        state.withLock { state in
            // Its slots are no more, and its successor's hold nothing.
            guard state.books[fingerprint]?.instance == departure.engine else { return }
            state.books[fingerprint]?.slots = SlotBook(slots: 1)
        }
        for draft in drafts { await keep(draft, of: fingerprint, model: book.model) }
    }

    /// Removes what is too old, or somebody's whose key is no more, until the task is cancelled.
    ///
    /// - Parameter keys: The names of all keys; nil where none are demanded.
    func watch(_ keys: @Sendable () -> Set<String>?) async {
        while !Task.isCancelled {
            let known = keys()
            let gone = state.withLock { state in
                let old = state.index.expire(at: .now)
                guard let known else { return old }
                return old + state.index.keep { owner in Self.isKnown(owner, known) }
            }
            for name in gone { folder.remove(name) }
            if !gone.isEmpty { tellBytes() }
            // Cancellation ends the loop; there is nothing to do about it here.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Removes all files; call once nothing of this runs any more.
    func close() { folder.clear() }

    private static func isKnown(_ owner: String, _ keys: Set<String>) -> Bool {
        let mark = "key:"
        guard owner.hasPrefix(mark) else { return true }
        return keys.contains(String(owner.dropFirst(mark.count).prefix { $0 != "\0" }))
    }
}

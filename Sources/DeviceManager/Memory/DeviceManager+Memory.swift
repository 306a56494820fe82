internal import JSON
internal import Logging
internal import POSIX

/// What the manager remembers: pins, footprints, loading and held times.
extension DeviceManager {
    /// The least time between two writes of what was measured.
    private static let memoryInterval = Duration.seconds(60)
    /// Models that something is remembered of, known or not, before those are dropped that are not.
    private static let mostMemories = 1000

    /// Reads the file and gives models what is known of them.
    static func recall(
        _ path: String?,
        into entries: inout [Settings.Entry],
        _ logger: Logger
    ) -> [String: ModelMemory] {
        guard let path, Files.size(path) != nil else { return [:] }
        do {
            let memories = try ModelMemory.all(in: Files.read(path))
            for index in entries.indices {
                memories[entries[index].model.name]?.recall(into: &entries[index])
            }
            return memories
        } catch {
            logger.error(
                "what was remembered of models cannot be read, starting anew",
                [("file", path), ("reason", "\(error)")]
            )
            return [:]
        }
    }

    /// What is to be remembered now.
    private var memories: [String: ModelMemory] {
        var memories = remembered
        for residency in scheduler.residencies
        where !residency.model.isOutside && !residency.isForgotten {
            let name = residency.model.name
            let estimate = models[name]?.description.footprint ?? 0
            var memory = memories[name] ?? ModelMemory(estimate: estimate)
            if memory.estimate != estimate { memory = ModelMemory(estimate: estimate) }
            if residency.loads > 0 {
                memory.footprint = residency.model.footprint
                memory.loadTime = residency.model.loadTime
            }
            memory.held = residency.model.heldTimes.quantile.map { .nanoseconds($0) }
            memory.isPinned = pins.contains(name)
            let isEmpty = memory == ModelMemory(estimate: estimate)
            memories[name] = isEmpty ? nil : memory
        }
        // Of models that come and go by definition there may be any number.
        for name in memories.keys.sorted() where memories.count > Self.mostMemories {
            if models[name] == nil, memories[name]?.isPinned != true { memories[name] = nil }
        }
        return memories
    }

    /// Writes down what has changed much, not too often.
    func rememberSometimes() {
        guard MonotonicTime.now - rememberedAt >= Self.memoryInterval else { return }
        remember()
    }

    /// Writes down what has changed.
    ///
    /// - Parameter done: Called when it is on the disk, with false when it could not be written.
    func remember(_ done: @escaping @Sendable (Bool) -> Void = { _ in }) {
        guard let stateFile else { return done(false) }
        let memories = memories
        let isNews =
            lacksMemory || memories.contains { $0.value.differsMuch(from: remembered[$0.key]) }
            || remembered.keys.contains { memories[$0] == nil }
        guard isNews else { return done(true) }
        rememberedAt = .now
        remembered = memories
        stateFile.save(ModelMemory.bytes(of: memories)) { [self] failure in
            if let failure {
                logger.error(
                    "what is known of models was not stored",
                    [("file", stateFile.path), ("reason", failure.description)]
                )
            }
            loop.submit { [self] in assumeIsolated { $0.lacksMemory = failure != nil } }
            done(failure == nil)
        }
    }

    /// Pins or unpins a model and answers when that is on the disk.
    func pin(_ name: String, _ isPinned: Bool, for client: ClientID, _ requestID: Int?) {
        if isPinned { pins.insert(name) } else { pins.remove(name) }
        apply { $0.pin(name, isPinned, at: $1) }
        remember { [self] isStored in
            loop.submit { [self] in
                assumeIsolated { manager in
                    guard let requestID else { return }
                    let reply: JSONObject = ["status": "ok", "stored": .bool(isStored)]
                    manager.clients[client]?.answer(requestID, reply)
                }
            }
        }
    }
}

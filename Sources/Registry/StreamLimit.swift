/// Lets a number of streams go on at once; others wait in their order.
actor StreamLimit {
    private var free: Int
    private var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    private var lastID: UInt64 = 0

    init(_ count: Int) {
        free = max(1, count)
    }

    /// Waits for a place.
    ///
    /// - Throws: `CancellationError`.
    func enter() async throws {
        if free > 0 {
            free -= 1
            return
        }
        lastID += 1
        let id = lastID
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiting.append((id, continuation))
                }
            }
        } onCancel: {
            // An actor can be told from a task only; it ends at once.
            Task { await self.forget(id) }
        }
        guard isIn else { throw CancellationError() }
    }

    /// Gives a place back.
    func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }

    private func forget(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }
}

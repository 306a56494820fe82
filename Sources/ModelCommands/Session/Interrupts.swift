internal import Glibc
internal import LineEditing
internal import POSIX

/// Ctrl-C ends what is being done, and only that; with nothing to end it ends the program.
///
/// The signals must have been blocked before there was a second thread (`Signals.block`).
final class Interrupts: Sendable {
    private let handler = Guarded<(@Sendable () -> Void)?>(nil)

    /// Begins to receive signals.
    init() throws {
        let loop = try EventLoop(name: "baton-signals")
        // Holds this object for the life of the process, as the loop is watched.
        try Signals.deliver(on: loop) { [self] signal in
            if signal == .interrupt, let handler = handler.withLock({ $0 }) { return handler() }
            LineEditor.restoreTerminal()
            exit(128 + signal.rawValue)
        }
    }

    /// Does what a verb is for, which Ctrl-C ends.
    ///
    /// - Returns: The exit code: 0, or 130 when it was ended.
    /// - Throws: What `body` throws.
    static func code(_ body: @escaping @Sendable () async throws -> Void) async throws -> Int32 {
        try await Interrupts().during(body) == nil ? 130 : 0
    }

    /// Does something that Ctrl-C ends.
    ///
    /// - Returns: Nil when it was ended.
    /// - Throws: What `body` throws.
    func during<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        // A task of its own, which a signal can cancel; awaited below.
        let task = Task { try await body() }
        handler.withLock { $0 = { task.cancel() } }
        defer { handler.withLock { $0 = nil } }
        do {
            return try await task.value
        } catch {
            if task.isCancelled { return nil }
            throw error
        }
    }
}

internal import Glibc
internal import LineEditing
internal import POSIX

/// Ctrl-C ends what is being done, and only that; with nothing to end it ends the program.
///
/// The signals must have been blocked before there was a second thread (`Signals.block`).
final class Interrupts: Sendable {
    /// Whether a signal needs nothing else to be done.
    private typealias Handler = @Sendable (Signals.Signal) -> Bool

    private let handler = Guarded<Handler?>(nil)

    /// Begins to receive signals.
    init() throws {
        let loop = try EventLoop(name: "baton-signals")
        // Holds this object for the life of the process, as the loop is watched.
        try Signals.deliver(on: loop) { [self] signal in
            if let handler = handler.withLock({ $0 }), handler(signal) { return }
            Self.end(by: signal)
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
        handler.withLock { handler in
            handler = { signal in
                guard signal == .interrupt else { return false }
                task.cancel()
                return true
            }
        }
        defer { handler.withLock { $0 = nil } }
        do {
            return try await task.value
        } catch {
            if task.isCancelled { return nil }
            throw error
        }
    }

    /// Does something for which Ctrl-C is not meant, because another program has the terminal; other
    /// signals cancel it, and end this program once it has cleaned up.
    ///
    /// - Throws: What `body` throws.
    func outside<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let last = Last()
        // A task of its own, which a signal can cancel; awaited below.
        let task = Task { try await body() }
        handler.withLock { handler in
            handler = { signal in
                guard signal != .interrupt else { return true }
                last.signal.withLock { $0 = signal }
                task.cancel()
                return true
            }
        }
        defer { handler.withLock { $0 = nil } }
        let result = await task.result
        if let signal = last.signal.withLock({ $0 }) { Self.end(by: signal) }
        return try result.get()
    }

    /// The signal that came last.
    private final class Last: Sendable {
        let signal = Guarded<Signals.Signal?>(nil)
    }

    private static func end(by signal: Signals.Signal) -> Never {
        LineEditor.restoreTerminal()
        exit(128 + signal.rawValue)
    }
}

internal import DeviceProtocol
internal import POSIX

/// A connection to an engine, read and written without ever blocking a thread.
///
/// A stopped engine reads and answers nothing: who waits here does so until it goes on, until the
/// connection is cut (by the manager, when the ticket is over or the engine gone) or until the task is
/// cancelled, which cuts it too. One task uses it.
final class EngineSocket: Sendable {
    private struct State {
        var waiter: CheckedContinuation<Void, Never>?
        /// Something has happened since it was last looked for.
        var isSignalled = false
        var watch: EventLoop.Watch?
    }

    private let socket: FileDescriptorBox
    private let loop: EventLoop
    private let state = Guarded(State())

    /// Bytes that one look takes in at most.
    private static let chunk = 64 << 10

    /// Takes a connected, non-blocking socket over.
    ///
    /// - Throws: `SystemError` when it cannot be watched.
    init(_ socket: FileDescriptorBox, loop: EventLoop) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        let signal: @Sendable (EventLoop.Readiness) -> Void = { [weak self] _ in self?.signal() }
        let watch = try loop.watch(
            socket.number,
            for: [.readable, .writable, .onChange],
            signal
        )
        state.withLock { $0.watch = watch }
    }

    deinit {
        if let watch = state.withLock({ $0.watch }) { loop.cancel(watch) }
    }

    /// Sends all bytes; waits while the engine does not read.
    ///
    /// - Throws: `DeviceError` `revoked` when the connection is cut, `CancellationError`.
    func write(_ bytes: [UInt8]) async throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe try bytes.withUnsafeBytes { (all) throws(DeviceError) in
                unsafe try send(UnsafeRawBufferPointer(rebasing: all[sent...]))
            }
            sent += count
            if count == 0 { try await wait() }
        }
    }

    /// The next bytes; nil at the end of the connection.
    ///
    /// - Throws: `DeviceError` `revoked` when the connection is cut, `CancellationError`.
    func read() async throws -> [UInt8]? {
        while true {
            let bytes = try receive()
            guard let bytes, bytes.isEmpty else { return bytes }
            try await wait()
        }
    }

    /// Ends the connection, also for everybody else who holds it: the engine stops working on it.
    func cut() {
        Socket.shutDown(socket.number)
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws(DeviceError) -> Int {
        do throws(SystemError) {
            return unsafe try Socket.send(bytes, on: socket.number)
        } catch {
            throw Self.lost
        }
    }

    private func receive() throws(DeviceError) -> [UInt8]? {
        do throws(SystemError) {
            return try Socket.receive(atMost: Self.chunk, on: socket.number)
        } catch {
            throw Self.lost
        }
    }

    /// What became of the engine, the manager tells: whether the ticket is queued again, or is over.
    static let lost = DeviceError(.revoked, "the connection to the engine was cut")

    private func signal() {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.isSignalled = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    private func wait() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustWait = state.withLock { state in
                    if state.isSignalled || Task.isCancelled {
                        state.isSignalled = false
                        return false
                    }
                    state.waiter = waiter
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            cut()
            signal()
        }
        try Task.checkCancellation()
    }
}

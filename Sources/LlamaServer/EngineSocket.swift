internal import DeviceProtocol
internal import POSIX

/// A connection to an engine, read and written without ever blocking a thread.
///
/// A stopped engine reads and answers nothing: who waits here does so until it goes on, until the
/// connection is cut (by the manager, when the ticket is over or the engine gone) or until the task is
/// cancelled, which cuts it too. One task uses it.
final class EngineSocket: Sendable {
    /// Who waits for the socket; the loop's handlers hold it, and not the socket.
    private final class Waiting: Sendable {
        let waiter = Guarded<CheckedContinuation<Void, Never>?>(nil)

        func wake() {
            waiter.withLock { $0.take() }?.resume()
        }
    }

    private let socket: FileDescriptorBox
    private let loop: EventLoop
    private let watch: EventLoop.Watch
    private let waiting: Waiting
    private let arrivals = Guarded(Arrivals())

    /// What came before, by which it is decided when to look again.
    private struct Arrivals {
        var pace = ArrivalPace()
        /// Whether the last look took all there was: to look again at once would bring nothing.
        var isDrained = false
    }

    /// Bytes that one look takes in at most.
    private static let chunk = 64 << 10

    /// Takes a connected, non-blocking socket over.
    ///
    /// - Throws: `SystemError` when it cannot be watched.
    init(_ socket: FileDescriptorBox, loop: EventLoop) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        let waiting = Waiting()
        self.waiting = waiting
        // Nothing is reported before somebody waits, and then once.
        watch = try loop.watch(socket.number, for: .once) { _ in waiting.wake() }
    }

    deinit {
        loop.cancel(watch)
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
            if count == 0 { try await wait { self.report(.writable) } }
        }
    }

    /// The next bytes; nil at the end of the connection.
    ///
    /// What comes in quick succession is gathered for a moment; see `ArrivalPace`.
    ///
    /// - Throws: `DeviceError` `revoked` when the connection is cut, `CancellationError`.
    func read() async throws -> [UInt8]? {
        let (rest, isDrained) = arrivals.withLock { ($0.pace.rest(.now), $0.isDrained) }
        if let rest {
            try await wait { _ = self.loop.schedule(at: rest) { [waiting] in waiting.wake() } }
        } else if isDrained {
            try await wait { self.report(.readable) }
        }
        while true {
            let bytes = try receive()
            guard let bytes, bytes.isEmpty else {
                arrivals.withLock { arrivals in
                    arrivals.isDrained = bytes.map { $0.count < Self.chunk } ?? false
                    arrivals.pace.arrived(.now)
                }
                return bytes
            }
            try await wait { self.report(.readable) }
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
            guard loop.isCurrent else {
                return try Socket.receive(atMost: Self.chunk, on: socket.number)
            }
            return unsafe try Socket.receive(through: loop.scratch, on: socket.number)
        } catch {
            throw Self.lost
        }
    }

    /// What became of the engine, the manager tells: whether the ticket is queued again, or is over.
    static let lost = DeviceError(.revoked, "the connection to the engine was cut")

    private func report(_ readiness: EventLoop.Readiness) {
        loop.change(watch, to: readiness.union(.once))
    }

    /// Waits until somebody wakes; `arrange` sees to it, after the waiter can be found.
    private func wait(_ arrange: () -> Void) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                waiting.waiter.withLock { $0 = waiter }
                // Cancelled before there was a waiter: nobody else would wake it.
                if Task.isCancelled { waiting.wake() } else { arrange() }
            }
        } onCancel: {
            cut()
            waiting.wake()
        }
        try Task.checkCancellation()
    }
}

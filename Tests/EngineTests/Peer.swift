import DeviceProtocol
import JSON
import POSIX

/// The other end of an engine's socket: sends frames and hands out what arrived.
///
/// Every frame is handed out once, to whoever asks for one like it.
final class Peer: Sendable {
    struct Closed: Error {}

    private struct Waiter {
        let id: Int
        let matches: @Sendable (JSONObject) -> Bool
        let continuation: CheckedContinuation<JSONObject, any Error>
    }

    private struct State {
        var frames: [JSONObject] = []
        var waiters: [Waiter] = []
        var isClosed = false
        var lastID = 0
        var lastWaiter = 0
    }

    /// What the connection's handlers fill.
    private final class Box: Sendable {
        let state = Guarded(State())
    }

    private let box = Box()
    private let connection: FrameConnection

    init(_ socket: FileDescriptorBox, _ loop: EventLoop) throws {
        let box = box
        let handlers = FrameConnection.Handlers(
            frame: { frame, _ in
                let waiter = box.state.withLock {
                    state -> CheckedContinuation<JSONObject, any Error>? in
                    guard let index = state.waiters.firstIndex(where: { $0.matches(frame) }) else {
                        state.frames.append(frame)
                        return nil
                    }
                    return state.waiters.remove(at: index).continuation
                }
                waiter?.resume(returning: frame)
            },
            closed: { _ in
                let waiters = box.state.withLock { state in
                    state.isClosed = true
                    let waiters = state.waiters.map(\.continuation)
                    state.waiters = []
                    return waiters
                }
                for waiter in waiters { waiter.resume(throwing: Closed()) }
            }
        )
        connection = try FrameConnection(socket: socket, loop: loop, handlers: handlers)
    }

    func send(_ frame: JSONObject, descriptors: [FileDescriptorBox] = []) {
        connection.send(frame, descriptors: descriptors)
    }

    func close() { connection.close() }

    /// Sends a request and returns its number.
    func request(_ frame: JSONObject, descriptors: [FileDescriptorBox] = []) -> Int {
        let id = box.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        var frame = frame
        frame["request_id"] = JSONValue(id)
        send(frame, descriptors: descriptors)
        return id
    }

    /// Sends a request and waits for its reply.
    func ask(_ frame: JSONObject, descriptors: [FileDescriptorBox] = []) async throws -> JSONObject
    {
        try await reply(to: request(frame, descriptors: descriptors))
    }

    func reply(to id: Int) async throws -> JSONObject {
        try await next { $0["request_id"]?.integerValue == id }
    }

    func event(_ name: String) async throws -> JSONObject {
        try await next { $0["event"]?.stringValue == name }
    }

    /// The first frame that has arrived or arrives; throws once the engine has closed.
    func next(
        where matches: @escaping @Sendable (JSONObject) -> Bool = { _ in true }
    ) async throws -> JSONObject {
        let id = box.state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = box.state.withLock { state -> Result<JSONObject, any Error>? in
                    if let index = state.frames.firstIndex(where: matches) {
                        return .success(state.frames.remove(at: index))
                    }
                    if state.isClosed || Task.isCancelled { return .failure(Closed()) }
                    state.waiters.append(
                        Waiter(id: id, matches: matches, continuation: continuation)
                    )
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            // A test that waits for ever is ended by its time limit.
            let waiter = box.state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: Closed())
        }
    }
}

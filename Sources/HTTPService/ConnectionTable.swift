internal import Logging
internal import POSIX

/// All connections of a server: counts them, bounds them, and looks after the slow ones.
///
/// DESIGN. The library sees neither a client that leaves while its connection is suspended nor one
/// that sends a byte now and then for ever. So every connection is watched by a loop of our own, for
/// its end, and is looked at every so often; `Patience` has the rules.
final class ConnectionTable: Sendable {
    private struct State {
        var connections: [UInt64: ClientConnection] = [:]
        var lastID: UInt64 = 0
        var slowHeads = SlowHeads()
        var timer: EventLoop.Timer?
    }

    private let loop: EventLoop
    private let limit: Int
    private let patience: Patience
    /// What a request that takes too long is answered with, in whole.
    private let timeoutAnswer: [UInt8]
    private let state = Guarded(State())

    init(loop: EventLoop, limit: Int, patience: Patience, timeoutAnswer: [UInt8]) {
        self.loop = loop
        self.limit = limit
        self.patience = patience
        self.timeoutAnswer = timeoutAnswer
    }

    /// How many connections are open.
    var count: Int { state.withLock { $0.connections.count } }

    /// Takes a new connection in; on the library's thread.
    func open(
        _ connection: Connection,
        isEncrypted: Bool,
        dispatcher: Dispatcher
    ) -> ClientConnection {
        let (id, isSurplus) = state.withLock { state in
            state.lastID += 1
            return (state.lastID, state.connections.count >= limit)
        }
        let client = ClientConnection(
            connection,
            id: id,
            isSurplus: isSurplus,
            isEncrypted: isEncrypted,
            dispatcher: dispatcher
        )
        state.withLock { state in
            state.connections[id] = client
            if state.timer == nil { state.timer = lookLater() }
        }
        client.watch(on: loop)
        return client
    }

    /// Lets a connection go; on the library's thread, before its descriptor is closed.
    func close(_ client: ClientConnection) {
        client.close(on: loop)
        state.withLock { state in
            state.connections.removeValue(forKey: client.id)
            state.slowHeads.forget(client.id)
        }
    }

    private func lookLater() -> EventLoop.Timer {
        loop.schedule(at: .now + patience.interval) { [self] in look() }
    }

    private func look() {
        let now = MonotonicTime.now
        let clients = state.withLock { Array($0.connections.values) }
        for client in clients {
            let standing = client.standing(at: now)
            let time = state.withLock { state in
                state.slowHeads.note(
                    client.id,
                    standing,
                    requestBefore: client.lastChange,
                    at: now
                )
            }
            switch patience.judge(standing, receivingHeadFor: time) {
            case .wait: continue
            case .close: client.cut(answer: nil)
            case .timedOut: client.cut(answer: (HTTPError.requestTimeout.status, timeoutAnswer))
            }
        }
        state.withLock { state in
            state.timer = state.connections.isEmpty ? nil : lookLater()
        }
    }
}

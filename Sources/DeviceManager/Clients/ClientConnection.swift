internal import DeviceProtocol
internal import JSON
internal import POSIX

/// Names a client's connection for as long as the manager lives.
struct ClientID: Hashable, Sendable {
    let number: Int
}

/// One client of the device socket.
///
/// Used only on the manager's loop.
final class ClientConnection {
    let id: ClientID
    let connection: FrameConnection
    let peer: Socket.Peer?
    /// What it calls itself; the user and process when it has not said.
    var name: String
    /// Its channel to each engine that it was granted.
    var channels: [Generation: Int] = [:]

    init(id: ClientID, connection: FrameConnection) {
        self.id = id
        self.connection = connection
        peer = connection.peer
        name = peer.map { "uid \($0.uid), pid \($0.pid)" } ?? "unknown"
    }

    /// The fairness key of requests that name none.
    var defaultKey: String { peer.map { "uid:\($0.uid)" } ?? "unknown" }
}

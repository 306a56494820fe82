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
    let peer: Socket.Peer
    let rights: ClientRights
    /// What it calls itself; the user and process when it has not said.
    var name: String
    /// What it has open.
    var account: ClientAccount
    /// Its channel to each engine that it was granted.
    var channels: [Generation: Int] = [:]
    /// What it wants to be told without asking.
    var subscription: Subscription?

    init(
        id: ClientID,
        connection: FrameConnection,
        peer: Socket.Peer,
        rights: ClientRights,
        limits: ClientLimits
    ) {
        self.id = id
        self.connection = connection
        self.peer = peer
        self.rights = rights
        name = "uid \(peer.uid), pid \(peer.pid)"
        account = ClientAccount(limits: limits)
    }

    /// The fairness key of requests that name none.
    var defaultKey: String { "uid:\(peer.uid)" }

    /// Sends the reply to a request.
    func answer(_ request: Int, _ reply: JSONObject, descriptors: [FileDescriptorBox] = []) {
        account.answered(request)
        var reply = reply
        reply["request_id"] = JSONValue(request)
        connection.send(reply, descriptors: descriptors)
    }
}

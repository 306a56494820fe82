internal import DeviceProtocol
internal import Glibc
internal import JSON
internal import Logging
package import POSIX

/// The device socket: who connects and who leaves.
extension DeviceManager {
    /// Most bytes of a client's frame: a request is a few hundred.
    package static let frameLimit = 64 << 10
    /// Most bytes that wait for a client that does not read.
    package static let queueLimit = 1 << 20
    /// How long nobody is accepted after descriptors ran out.
    private static let acceptPause = Duration.milliseconds(500)

    /// Serves the device socket for the life of the process.
    ///
    /// - Parameters:
    ///   - path: Where to listen; at most 107 bytes.
    ///   - mode: Who may connect, as permission bits.
    /// - Throws: `SystemError`; `EADDRINUSE` when another manager lives.
    package func listen(at path: String, mode: UInt32) throws(SystemError) {
        let listener = FileDescriptorBox(try Socket.listen(at: path, mode: mode))
        listening = try loop.watch(listener.number, for: .readable) { [self] _ in
            assumeIsolated { $0.accept(from: listener) }
        }
        logger.info("listening", [("socket", path)])
        stateFile?.removeRests()
    }

    /// Stops listening and lets go of every client; the last thing to do, after `drain`.
    package func close() {
        if let listening = listening.take() { loop.cancel(listening) }
        for client in clients.values { client.connection.close() }
    }

    private func accept(from listener: FileDescriptorBox) {
        do {
            while let socket = try Socket.accept(from: listener) { try serve(socket) }
        } catch {
            logger.error("a client could not be served", [("reason", "\(error)")])
            if error.code == EMFILE || error.code == ENFILE { pauseAccepting() }
        }
    }

    /// A client that waits would be reported again and again while there is no descriptor for it.
    private func pauseAccepting() {
        guard let listening else { return }
        loop.change(listening, to: [])
        _ = loop.schedule(at: .now + Self.acceptPause) { [loop] in
            loop.change(listening, to: .readable)
        }
    }

    /// Serves a connected socket as a client, or tells it why not and closes it.
    ///
    /// - Parameter socket: One end of a Unix socket.
    /// - Throws: `SystemError` when it cannot be watched.
    package func serve(_ socket: FileDescriptorBox) throws(SystemError) {
        let peer = try Socket.peer(of: socket.number)
        let id = freshClient()
        let handlers = FrameConnection.Handlers(
            frame: { [self] frame, _ in assumeIsolated { $0.handle(frame, from: id) } },
            closed: { [self] reason in assumeIsolated { $0.left(id, reason) } }
        )
        let connection = try FrameConnection(
            socket: socket,
            loop: loop,
            frameLimit: Self.frameLimit,
            queueLimit: Self.queueLimit,
            handlers: handlers
        )
        let groups = Set(connection.peerGroups + [peer.gid])
        let identity = ClientIdentity(user: peer.uid, groups: groups)
        guard let rights = clientRules.rights(of: identity, owner: CurrentProcess.user) else {
            let refusal = DeviceError(.forbidden, "this user may not use the device manager")
            return refuse(connection, peer, refusal)
        }
        if let refusal = connections.admit(peer.uid) { return refuse(connection, peer, refusal) }
        clients[id] = ClientConnection(
            id: id,
            connection: connection,
            peer: peer,
            rights: rights,
            limits: clientLimits
        )
    }

    private func refuse(
        _ connection: FrameConnection,
        _ peer: Socket.Peer,
        _ refusal: DeviceError
    ) {
        let words = [("uid", "\(peer.uid)"), ("reason", refusal.message)]
        logger.warning("a client was refused", words)
        connection.close(telling: refusal)
    }

    private func left(_ id: ClientID, _ reason: String?) {
        guard let client = clients.removeValue(forKey: id) else { return }
        if let reason {
            logger.warning("a client was cut off", [("client", client.name), ("reason", reason)])
        }
        connections.leave(client.peer.uid)
        forgetToldState()
        unloadWaiters.removeAll { $0.client == id }
        for ticket in holders.filter({ $0.value.client == id }).keys.sorted() {
            endTicket(ticket, .cancelled)
        }
        for lease in leases.filter({ $0.value.client == id }).keys { forgetLease(lease) }
    }
}

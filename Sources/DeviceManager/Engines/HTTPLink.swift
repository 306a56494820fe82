internal import POSIX

/// The connections to an engine that is an HTTP server.
///
/// Every connection that a client gets is ours as well: shutting ours down ends both, and a server
/// that sees its client leave stops working. So a grant is really taken back.
final class HTTPLink: Sendable {
    private struct Connection {
        let socket: FileDescriptorBox
        let watch: EventLoop.Watch
    }

    private let server: HTTPServerCall
    private let loop: EventLoop
    private let probe: HealthProbe
    private let events: @Sendable (EngineProcess.Event) -> Void
    /// Asks whether the server still answers; nil when it has answered.
    private let question = Guarded<HealthProbe?>(nil)
    private let connections = Guarded<[TicketID: [Connection]]>([:])

    /// Asks the server until it is ready.
    init(
        to server: HTTPServerCall,
        loop: EventLoop,
        events: @escaping @Sendable (EngineProcess.Event) -> Void
    ) {
        self.server = server
        self.loop = loop
        self.events = events
        probe = HealthProbe(of: server.socket, .isLoaded, loop: loop) { verdict in
            switch verdict {
            case .ready: events(.ready)
            case .refused(let reason): events(.refused(reason))
            }
        }
        probe.start()
    }

    /// Asks for a sign of life, unless the last question is not answered yet.
    func ping() {
        guard question.withLock({ $0 == nil }) else { return }
        let probe = HealthProbe(of: server.socket, .lives, loop: loop) { [weak self] verdict in
            self?.question.withLock { $0 = nil }
            if case .ready = verdict { self?.events(.alive(call: .zero)) }
        }
        question.withLock { $0 = probe }
        probe.start()
    }

    /// A fresh, non-blocking connection under a ticket.
    ///
    /// - Throws: `SystemError` when the server accepts none at once.
    func connect(for ticket: TicketID) throws(SystemError) -> FileDescriptorBox {
        let socket = FileDescriptorBox(try Socket.connect(to: server.socket, waits: false))
        // A connection that the server has closed counts no more, or who asks for a new one for each
        // request would run into the limit.
        let watch = try loop.watch(socket.number, for: []) { [self, socket] _ in
            forget(socket, of: ticket)
        }
        connections.withLock {
            $0[ticket, default: []].append(Connection(socket: socket, watch: watch))
        }
        return socket
    }

    /// A fresh, non-blocking connection to an engine that is about to end.
    ///
    /// - Throws: `SystemError` when the server accepts none at once.
    func connectOnceMore() throws(SystemError) -> FileDescriptorBox {
        FileDescriptorBox(try Socket.connect(to: server.socket, waits: false))
    }

    /// How many connections are open under a ticket.
    func count(for ticket: TicketID) -> Int {
        connections.withLock { $0[ticket]?.count ?? 0 }
    }

    /// Ends all connections of a ticket, at both ends.
    func cut(_ ticket: TicketID) {
        let cut = connections.withLock { $0.removeValue(forKey: ticket) ?? [] }
        for connection in cut { end(connection) }
    }

    /// Ends everything; call once the server's process is gone.
    func end() {
        probe.cancel()
        question.withLock { $0.take() }?.cancel()
        let all = connections.withLock { connections in
            defer { connections = [:] }
            return connections.values.flatMap { $0 }
        }
        for connection in all { end(connection) }
        Files.remove(server.socket)
        Files.removeFolder(server.folder)
    }

    private func end(_ connection: Connection) {
        loop.cancel(connection.watch)
        Socket.shutDown(connection.socket.number)
    }

    private func forget(_ socket: FileDescriptorBox, of ticket: TicketID) {
        let gone = connections.withLock { connections -> Connection? in
            guard let index = connections[ticket]?.firstIndex(where: { $0.socket === socket })
            else { return nil }
            return connections[ticket]?.remove(at: index)
        }
        if let gone { loop.cancel(gone.watch) }
    }
}

package import POSIX

/// Stands between clients and a server on one machine and does to each connection what was planned.
///
/// Ends with its owner: letting go of it closes every connection, those that stall too.
package final class FaultProxy: Sendable {
    /// Where clients connect.
    package let endpoint: Endpoint

    private let loop: EventLoop
    private let core: Core

    /// Listens and forwards.
    ///
    /// - Parameters:
    ///   - server: Where the server listens; asked for each connection anew.
    ///   - endpoint: Where to listen; a free port of 127.0.0.1 by default.
    ///   - plan: What happens to a connection, by its number, counted from 0.
    /// - Throws: `SystemError` when the place to listen is taken or threads are exhausted.
    package init(
        to server: Endpoint,
        at endpoint: Endpoint = .tcp(0),
        plan: @escaping @Sendable (Int) -> FaultPlan
    ) throws(SystemError) {
        let (listener, endpoint) = try endpoint.listen()
        let loop = try EventLoop(name: "fault-proxy")
        let core = Core(server: server, listener: listener, loop: loop, plan: plan)
        self.endpoint = endpoint
        self.loop = loop
        self.core = core
        loop.submit { core.start() }
    }

    /// Does the same to every connection.
    ///
    /// - Parameters:
    ///   - server: Where the server listens.
    ///   - plan: What happens to a connection.
    /// - Throws: `SystemError` when ports or threads are exhausted.
    package convenience init(to server: Endpoint, _ plan: FaultPlan) throws(SystemError) {
        try self.init(to: server) { _ in plan }
    }

    deinit { end() }

    /// The port of `endpoint`, or 0 for a path.
    package var port: UInt16 {
        if case .tcp(let port) = endpoint { port } else { 0 }
    }

    /// Closes every connection and listens no more; idempotent, done soon after it returns.
    package func end() {
        loop.submit { [core] in core.end() }
        loop.stop()
    }

    /// The listener and the open connections; lives on the loop's thread.
    // Unchecked: touched on the loop's thread only, once it is made.
    private final class Core: @unchecked Sendable {
        private let server: Endpoint
        private let listener: FileDescriptorBox
        private let loop: EventLoop
        private let plan: @Sendable (Int) -> FaultPlan
        private var watch: EventLoop.Watch?
        private var connections: [Int: ProxiedConnection] = [:]
        private var count = 0

        init(
            server: Endpoint,
            listener: FileDescriptorBox,
            loop: EventLoop,
            plan: @escaping @Sendable (Int) -> FaultPlan
        ) {
            self.server = server
            self.listener = listener
            self.loop = loop
            self.plan = plan
        }

        func start() {
            // Fails only when the kernel is out of memory; then nobody is served.
            watch = try? loop.watch(listener.number, for: .readable) { [self] _ in accept() }
        }

        func end() {
            if let watch { loop.cancel(watch) }
            for connection in connections.values { connection.end() }
            connections = [:]
        }

        private func accept() {
            guard let client = (try? Socket.accept(from: listener)) ?? nil else { return }
            let number = count
            count += 1
            // Without a server the client sees the end that it would see without a proxy.
            guard let server = try? server.connect() else { return }
            let connection = ProxiedConnection(client, server, plan(number), on: loop) { [self] in
                connections[number] = nil
            }
            connections[number] = connection
            connection.start()
        }
    }
}

internal import CMicrohttpd
internal import Glibc
internal import POSIX
internal import Synchronization

/// A running libmicrohttpd daemon: what runs it, and the callbacks that lead into a dispatcher.
@safe
final class Daemon: @unchecked Sendable {
    // Unchecked: the handle is constant, and the library's calls on it are thread-safe.
    private let handle: OpaquePointer
    private let context: Unmanaged<Context>

    /// How many connections are open.
    var connections: Int {
        unsafe context.takeUnretainedValue().connections.load(ordering: .relaxed)
    }

    /// The listener, once the library has given it back.
    private let listener = Guarded<FileDescriptorBox?>(nil)

    /// What the callbacks are given.
    fileprivate final class Context: Sendable {
        let dispatcher: Dispatcher
        let isEncrypted: Bool
        /// What runs it; nil where the library's own threads do.
        let driver: LoopDriver?
        /// Connections that are open.
        let connections = Atomic<Int>(0)

        init(dispatcher: Dispatcher, isEncrypted: Bool, driver: LoopDriver?) {
            self.dispatcher = dispatcher
            self.isEncrypted = isEncrypted
            self.driver = driver
        }

        /// What the context of a callback is.
        static func of(_ context: UnsafeMutableRawPointer) -> Context {
            unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
        }
    }

    /// Starts to serve.
    ///
    /// - Parameters:
    ///   - listener: A listening socket; the daemon has a copy of its own, because the library closes
    ///     what it was given when it does not start.
    ///   - configuration: Limits.
    ///   - identity: With which it proves who it is; nil for plain HTTP.
    ///   - dispatcher: Kept until `stop` returned.
    ///   - loop: What runs it where it has no threads of its own.
    /// - Throws: `SystemError` when threads or descriptors are exhausted, or the identity is no pair
    ///   of certificate and key.
    init(
        listener: CInt,
        configuration: HTTPServer.Configuration,
        identity: TLSIdentity?,
        dispatcher: Dispatcher,
        loop: EventLoop
    ) throws(SystemError) {
        let (threads, driver) =
            switch configuration.threads {
            case .own(let count): (count, LoopDriver?.none)
            case .loop: (0, LoopDriver(loop))
            }
        let context = Context(
            dispatcher: dispatcher,
            isEncrypted: identity != nil,
            driver: driver
        )
        let retained = unsafe Unmanaged.passRetained(context)
        // A few connections more than wanted are taken, in order to tell them so.
        let connections = configuration.connectionLimit + max(16, configuration.connectionLimit / 8)
        // Our own patience ends first, with an answer; this is for clients that do not read.
        let patience = configuration.idleTimeout + .seconds(10)
        let copy = fcntl(listener, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            let error = SystemError.last("start the HTTP server's threads")
            unsafe retained.release()
            throw error
        }
        func start(
            _ certificate: UnsafePointer<CChar>?,
            _ key: UnsafePointer<CChar>?
        )
            -> OpaquePointer?
        {
            var settings = unsafe shim_mhd_settings(
                listener: copy,
                threads: UInt32(threads),
                connections: UInt32(connections),
                idle_seconds: UInt32(clamping: patience.components.seconds),
                memory: configuration.connectionMemory,
                certificate: certificate,
                key: key
            )
            return unsafe shim_mhd_start(
                &settings,
                onRequest,
                onCompleted,
                onConnection,
                retained.toOpaque()
            )
        }
        let started: OpaquePointer?
        if let identity {
            unsafe started = identity.certificate.withCString { certificate in
                unsafe identity.key.withCString { key in unsafe start(certificate, key) }
            }
        } else {
            unsafe started = start(nil, nil)
        }
        guard let started = unsafe started else {
            let error = SystemError.last("start the HTTP server's threads")
            unsafe retained.release()
            throw error
        }
        unsafe handle = started
        unsafe self.context = retained
        do {
            unsafe try driver?.start(started)
        } catch {
            stop()
            throw error
        }
    }

    /// Stops accepting connections.
    func quiesce() {
        listener.withLock { listener in
            guard listener == nil else { return }
            // The library gives the listener back.
            let number = unsafe MHD_quiesce_daemon(handle)
            if number >= 0 { listener = FileDescriptorBox(owning: number) }
        }
    }

    /// Ends the threads and closes all connections; waits for them, call once, from no task.
    ///
    /// - Precondition: No connection is suspended; the library would abort the process.
    func stop() {
        quiesce()
        if let driver = unsafe context.takeUnretainedValue().driver {
            driver.stop { [self] in unsafe MHD_stop_daemon(handle) }
        } else {
            unsafe MHD_stop_daemon(handle)
        }
        // Only now may it be closed: a thread could still have been using it.
        listener.withLock { $0 = nil }
        unsafe context.release()
    }
}

/// Stands in a request's state for "its head was seen and no body follows"; never dereferenced.
private var bodyless: UnsafeMutableRawPointer? { unsafe UnsafeMutableRawPointer(bitPattern: 1) }

private func onRequest(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?,
    version: UnsafePointer<CChar>?,
    data: UnsafePointer<CChar>?,
    size: UnsafeMutablePointer<Int>?,
    state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    // The library passes valid pointers, always.
    guard let context = unsafe context, let handle = unsafe handle, let url = unsafe url,
        let method = unsafe method, let size = unsafe size, let state = unsafe state
    else { return .NO }
    let owner = unsafe Daemon.Context.of(context)
    let connection = unsafe Connection(handle: handle, driver: owner.driver)
    let dispatcher = owner.dispatcher
    let step: Dispatcher.Step
    if let pointer = unsafe state.pointee, unsafe pointer != bodyless {
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
        if unsafe size.pointee > 0 {
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size.pointee)
            switch unsafe exchange.receive(bytes) {
            case .taken:
                unsafe size.pointee = 0
                step = .goOn
            case .full: step = .goOn
            case .endless: step = .close
            }
        } else {
            step = dispatcher.proceed(exchange, connection)
        }
    } else {
        let fields = ConnectionHead(connection)
        let isFirst = unsafe state.pointee == nil
        if isFirst, !fields.hasBody, !fields.isAmbiguous {
            // An answer to a mere head would cost the connection: the library takes it as a refusal.
            unsafe state.pointee = bodyless
            return .YES
        }
        guard let client = ClientConnection.of(connection) else { return .NO }
        let head = dispatcher.head(
            fields,
            client,
            method: unsafe HTTPMethod(cString: method),
            path: unsafe String(validatingCString: url)
        )
        if fields.hosts > 1 || fields.hosts == 0, unsafe isCurrent(version) {
            head.isMalformed = true
        }
        let (next, exchange) =
            isFirst
            ? dispatcher.begin(head, fields, connection)
            : dispatcher.serve(head, fields, connection)
        unsafe state.pointee = exchange.map { unsafe Unmanaged.passRetained($0).toOpaque() }
        step = next
    }
    return step == .goOn ? .YES : .NO
}

private func onCompleted(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    reason: MHD_RequestTerminationCode
) {
    guard let context = unsafe context, let state = unsafe state,
        let pointer = unsafe state.pointee, unsafe pointer != bodyless
    else { return }
    unsafe state.pointee = nil
    let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
    let dispatcher = unsafe Daemon.Context.of(context).dispatcher
    dispatcher.complete(exchange, isSent: reason == .REQUEST_TERMINATED_COMPLETED_OK)
}

private func onConnection(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    code: MHD_ConnectionNotificationCode
) {
    guard let context = unsafe context, let handle = unsafe handle, let slot = unsafe slot else {
        return
    }
    let owner = unsafe Daemon.Context.of(context)
    let table = owner.dispatcher.connections
    if code == .CONNECTION_NOTIFY_STARTED {
        // The library starts its threads itself.
        CurrentThread.takeShortTurns()
        let client = unsafe table.open(
            Connection(handle: handle, driver: owner.driver),
            isEncrypted: owner.isEncrypted,
            dispatcher: owner.dispatcher
        )
        unsafe slot.pointee = Unmanaged.passRetained(client).toOpaque()
        owner.connections.add(1, ordering: .relaxed)
    } else if let pointer = unsafe slot.pointee {
        owner.connections.subtract(1, ordering: .relaxed)
        unsafe slot.pointee = nil
        table.close(unsafe Unmanaged<ClientConnection>.fromOpaque(pointer).takeRetainedValue())
        // Where the limit was reached, the library listens again only in its next round.
        owner.driver?.kick()
    }
}

/// Whether a request is HTTP/1.1, which must name its host (RFC 9112, section 3.2).
private func isCurrent(_ version: UnsafePointer<CChar>?) -> Bool {
    guard let version = unsafe version else { return false }
    return unsafe strcmp(version, "HTTP/1.1") == 0
}

extension HTTPMethod {
    /// The method of a request line, or nil for one that no route can have.
    init?(cString text: UnsafePointer<CChar>) {
        // Short texts live in the value itself: this allocates nothing.
        unsafe self.init(rawValue: String(cString: text))
    }
}

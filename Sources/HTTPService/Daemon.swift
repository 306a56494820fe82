internal import CMicrohttpd
internal import POSIX

/// A running libmicrohttpd daemon: its threads, and the callbacks that lead into a dispatcher.
@safe
final class Daemon: @unchecked Sendable {
    // Unchecked: the handle is constant, and the library's calls on it are thread-safe.
    private let handle: OpaquePointer
    private let dispatcher: Unmanaged<Dispatcher>

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - listener: A listening socket that stays open until `stop` returned.
    ///   - configuration: Limits.
    ///   - dispatcher: Kept until `stop` returned.
    /// - Throws: `SystemError` when threads or descriptors are exhausted.
    init(
        listener: CInt,
        configuration: HTTPServer.Configuration,
        dispatcher: Dispatcher
    ) throws(SystemError) {
        var settings = shim_mhd_settings(
            listener: listener,
            threads: UInt32(configuration.threads),
            connections: UInt32(configuration.connectionLimit),
            idle_seconds: UInt32(clamping: configuration.idleTimeout.components.seconds)
        )
        let retained = unsafe Unmanaged.passRetained(dispatcher)
        let started = unsafe shim_mhd_start(&settings, onRequest, onCompleted, retained.toOpaque())
        guard let started = unsafe started else {
            let error = SystemError.last("start the HTTP server's threads")
            unsafe retained.release()
            throw error
        }
        unsafe handle = started
        unsafe self.dispatcher = retained
    }

    /// Stops accepting connections.
    func quiesce() {
        unsafe _ = MHD_quiesce_daemon(handle)
    }

    /// Ends the threads and closes all connections; waits for them, call once, from no task.
    ///
    /// - Precondition: No connection is suspended; the library would abort the process.
    func stop() {
        unsafe MHD_stop_daemon(handle)
        unsafe dispatcher.release()
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
    let connection = unsafe Connection(handle: handle)
    let dispatcher = unsafe Unmanaged<Dispatcher>.fromOpaque(context).takeUnretainedValue()
    let step: Dispatcher.Step
    if let pointer = unsafe state.pointee, unsafe pointer != bodyless {
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
        if unsafe size.pointee > 0 {
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size.pointee)
            unsafe size.pointee = 0
            step = unsafe exchange.receive(bytes) ? .goOn : .close
        } else {
            step = dispatcher.proceed(exchange, connection)
        }
    } else if unsafe state.pointee == nil, !connection.hasBody {
        // An answer to a mere head would cost the connection: the library takes it as a refusal.
        unsafe state.pointee = bodyless
        step = .goOn
    } else {
        let head = dispatcher.head(
            connection,
            method: unsafe String(cString: method),
            path: unsafe String(validatingCString: url)
        )
        let isComplete = unsafe state.pointee != nil
        let (next, exchange) =
            isComplete ? dispatcher.serve(head, connection) : dispatcher.begin(head, connection)
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
    let dispatcher = unsafe Unmanaged<Dispatcher>.fromOpaque(context).takeUnretainedValue()
    dispatcher.complete(exchange)
}

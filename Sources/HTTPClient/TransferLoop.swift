internal import CCurl
internal import Glibc
internal import POSIX
internal import Synchronization

/// The thread that drives all exchanges of a client.
///
/// What others want is queued and done between two turns of libcurl, which is used from this thread
/// alone. The loop ends with `stop`: every exchange ends first, then the connections.
@safe
final class TransferLoop: @unchecked Sendable {
    // Unchecked: `shared` is a lock, `multi` is touched by others under it and only while the loop
    // has not ended; the rest is constant or used on the loop's thread only.

    enum Command {
        case add(WebTransfer, WebRequest, any WebReceiver)
        case resume(UInt64)
        case cancel(UInt64)
        case stop
    }

    private struct Shared {
        var commands: [Command] = []
        var hasEnded = false
    }

    /// Libcurl's own preparations, once in a process; nil where they fail.
    private static let isPrepared = curl_global_init(shim_curl_init_all()) == CURLE_OK

    private let settings: WebClient.Settings
    private let multi: UnsafeMutableRawPointer
    private let shared = Guarded(Shared())
    private let nextID = Atomic<UInt64>(1)
    private var transfers: [UInt64: Transfer] = [:]
    private var isStopping = false

    init(name: String, settings: WebClient.Settings) throws(WebError) {
        guard Self.isPrepared, let multi = unsafe curl_multi_init() else {
            throw WebError(
                .exhausted,
                "libcurl cannot be used; is it installed? apt install libcurl3-gnutls"
            )
        }
        self.settings = settings
        unsafe self.multi = multi
        let idle = settings.idleConnections
        unsafe _ = shim_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, idle)
        do throws(SystemError) {
            // The thread keeps the loop alive until `stop`.
            try NamedThread(name) { self.run() }.detach()
        } catch {
            unsafe _ = curl_multi_cleanup(multi)
            throw WebError(error)
        }
    }

    func freshID() -> UInt64 { nextID.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Asks for something; what is asked of a loop that has ended is called off.
    func submit(_ command: Command) {
        let isTaken = shared.withLock { shared in
            guard !shared.hasEnded else { return false }
            shared.commands.append(command)
            unsafe _ = curl_multi_wakeup(multi)
            return true
        }
        if !isTaken { Self.refuse(command) }
    }

    private static func refuse(_ command: Command) {
        guard case .add(let handle, _, let receiver) = command else { return }
        receiver.end(.cancelled)
        handle.end(.failure(.cancelled))
    }

    // MARK: The thread

    private func run() {
        CurrentThread.takeShortTurns()
        while true {
            let commands = shared.withLock { shared in
                let commands = shared.commands
                shared.commands = []
                return commands
            }
            for command in commands { perform(command) }
            if isStopping, end() { return }
            var running: CInt = 0
            unsafe _ = curl_multi_perform(multi, &running)
            takeMessages()
            let wait = examine(at: .now)
            unsafe _ = curl_multi_poll(multi, nil, 0, wait, nil)
        }
    }

    private func perform(_ command: Command) {
        switch command {
        case .add(let handle, let request, let receiver):
            guard !isStopping else { return Self.refuse(command) }
            add(handle, request, receiver)
        case .resume(let id): transfers[id]?.resume(at: .now)
        case .cancel(let id): finish(id, .cancelled)
        case .stop: isStopping = true
        }
    }

    private func add(_ handle: WebTransfer, _ request: WebRequest, _ receiver: any WebReceiver) {
        do throws(WebError) {
            if let fault = request.fault { throw fault }
            let transfer = try Transfer(handle, request, receiver, settings)
            guard unsafe curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
                throw WebError(.exhausted, "libcurl takes no more exchanges")
            }
            transfers[handle.id] = transfer
        } catch {
            receiver.end(error)
            handle.end(.failure(error))
        }
    }

    private func takeMessages() {
        var left: CInt = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let easy = unsafe message.pointee.easy_handle
            else { continue }
            let code = unsafe shim_curl_result(message)
            let found = transfers.first { unsafe $0.value.easy == easy }
            guard let found else { continue }
            finish(found.key, found.value.outcome(code))
        }
    }

    /// Ends what took too long and resumes what has waited; returns milliseconds to wait.
    private func examine(at now: MonotonicTime) -> CInt {
        var next: MonotonicTime?
        for (id, transfer) in transfers {
            if let error = transfer.check(at: now) {
                finish(id, error)
            } else if let moment = transfer.next {
                next = min(next ?? moment, moment)
            }
        }
        guard let next else { return 60_000 }
        let wait = (next - now).nanoseconds
        return CInt(clamping: max(0, min(60_000, (wait + 999_999) / 1_000_000)))
    }

    private func finish(_ id: UInt64, _ error: WebError?) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        unsafe _ = curl_multi_remove_handle(multi, transfer.easy)
        transfer.end(error)
    }

    /// Ends everything; false when something was asked for meanwhile.
    private func end() -> Bool {
        for id in transfers.keys { finish(id, .cancelled) }
        return shared.withLock { shared in
            guard shared.commands.isEmpty else { return false }
            shared.hasEnded = true
            unsafe _ = curl_multi_cleanup(multi)
            return true
        }
    }
}

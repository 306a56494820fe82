internal import CCurl
internal import Glibc
internal import POSIX

/// One exchange in libcurl's hands; on the loop's thread only, but for what says otherwise.
///
/// Libcurl calls back with a pointer to this object, which the loop keeps until libcurl has let go.
@safe
final class Transfer {
    let easy: UnsafeMutableRawPointer
    let request: WebRequest
    private let handle: WebTransfer
    private let receiver: any WebReceiver
    private var clock: TransferClock
    private var lines = HeadReader()
    private var list: UnsafeMutablePointer<curl_slist>?
    private var head: WebHead?
    /// Why a callback gave up; says more than libcurl's code.
    private var failure: WebError?
    /// Bytes of the request's body that were handed over.
    private var sent = 0
    private var isPaused = false
    private var pausedUntil: MonotonicTime?
    let usesProxy: Bool
    private(set) var address: NetworkAddress?

    init(
        _ handle: WebTransfer,
        _ request: WebRequest,
        _ receiver: any WebReceiver,
        _ settings: WebClient.Settings
    ) throws(WebError) {
        guard let easy = unsafe curl_easy_init() else {
            throw WebError(.exhausted, "libcurl has no memory for another exchange")
        }
        unsafe self.easy = easy
        self.handle = handle
        self.request = request
        self.receiver = receiver
        clock = TransferClock(request.patience, at: .now)
        let proxy = request.socket == nil ? settings.proxies.proxy(for: request.url) : nil
        usesProxy = proxy != nil
        let code = prepare(settings, proxy)
        guard code == CURLE_OK else {
            throw failure ?? outcomeError(code)
        }
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(list)
    }

    /// Sets everything that libcurl is to know; the first code that is not fine.
    private func prepare(_ settings: WebClient.Settings, _ proxy: String?) -> CURLcode {
        if let refusal = refusal(of: NetworkAddress(request.url.host)), usesProxy {
            failure = refusal
            return CURLE_COULDNT_CONNECT
        }
        for field in request.fields.all {
            // An empty value is written with a semicolon, or libcurl would leave the field out.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            guard let longer = unsafe curl_slist_append(list, line) else {
                return CURLE_OUT_OF_MEMORY
            }
            unsafe list = longer
        }
        var options = unsafe TransferOptions(easy)
        options.connection(request, settings, proxy)
        options.message(request)
        unsafe options.callbacks(Unmanaged.passUnretained(self).toOpaque(), list)
        return options.code
    }

    // MARK: From the loop

    func resume(at now: MonotonicTime) {
        guard isPaused else { return }
        isPaused = false
        pausedUntil = nil
        clock.resumed(at: now, hasHead: head != nil)
        // Calls back before it returns, and may pause again.
        unsafe _ = curl_easy_pause(easy, shim_curl_pause_nothing())
    }

    /// Goes on where a pause is over; an error where it took too long.
    func check(at now: MonotonicTime) -> WebError? {
        if let moment = pausedUntil, moment <= now { resume(at: now) }
        guard let code = clock.check(at: now) else { return nil }
        let what =
            code == .stalled
            ? "brought fewer than \(request.patience.stallRate) bytes a second"
            : head == nil ? "did not answer in time" : "was not complete in time"
        return WebError(code, "'\(request.url)' \(what)")
    }

    /// When to check again at the latest.
    var next: MonotonicTime? {
        guard let pausedUntil else { return clock.next }
        return min(clock.next ?? pausedUntil, pausedUntil)
    }

    /// What libcurl's last word means.
    func outcome(_ code: CURLcode) -> WebError? {
        if let failure { return failure }
        guard code == CURLE_OK else { return outcomeError(code) }
        return head == nil ? WebError(.broken, "'\(request.url)' answers without a head") : nil
    }

    private func outcomeError(_ code: CURLcode) -> WebError {
        let text = unsafe String(cString: curl_easy_strerror(code))
        return WebError(Self.meaning(of: code), "'\(request.url)': \(text)")
    }

    /// Tells the receiver and all that wait; libcurl calls back no more.
    func end(_ error: WebError?) {
        receiver.end(error)
        if let error {
            handle.end(.failure(error))
        } else if let head {
            handle.end(.success(head))
        }
    }

    private static func meaning(of code: CURLcode) -> WebError.Code {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .untrusted
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: .exhausted
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_UNKNOWN_OPTION:
            .invalidRequest
        default: .broken
        }
    }

    // MARK: From libcurl

    /// Why an address must not be connected to; nil where it may.
    private func refusal(of address: NetworkAddress?) -> WebError? {
        guard let address, !request.addresses.isAny, !request.addresses.allows(address) else {
            return nil
        }
        return WebError(
            .forbiddenAddress,
            "'\(request.url)' leads to \(address), which must not be connected to"
        )
    }

    /// Whether a socket may be opened to an address.
    func mayOpen(_ address: UnsafePointer<sockaddr>) -> Bool {
        guard !usesProxy, request.socket == nil, !request.addresses.isAny else { return true }
        guard let refusal = refusal(of: unsafe NetworkAddress(address)) else { return true }
        failure = refusal
        return false
    }

    /// The connection stands, a fresh one or one that was kept; whether it may be used.
    func connected(to address: String) -> Bool {
        clock.connected(at: .now)
        // Another address of the same host may have been refused before this one.
        failure = nil
        guard !usesProxy, request.socket == nil else { return true }
        self.address = NetworkAddress(address)
        failure = refusal(of: self.address)
        return failure == nil
    }

    func takeLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(WebError) {
            switch try unsafe lines.take(bytes) {
            case .more, .interim, .trailer: break
            case .end(let status, let fields):
                let url = request.url
                let head = WebHead(status: status, fields: fields, url: url, address: address)
                self.head = head
                clock.gotHead(at: .now)
                try receiver.receive(head)
            }
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Returns how many bytes were taken, libcurl's mark for a pause, or 0 to end.
    func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        do throws(WebError) {
            switch try unsafe receiver.receive(bytes) {
            case .taken:
                clock.received(bytes.count)
                return bytes.count
            case .later: pausedUntil = nil
            case .wait(let moment): pausedUntil = moment
            }
            isPaused = true
            clock.paused()
            return shim_curl_write_pause()
        } catch {
            failure = error
            return 0
        }
    }

    /// Fills room with the request's body; returns how many bytes, or libcurl's marks.
    func supply(_ room: UnsafeMutableRawBufferPointer) -> Int {
        let count = unsafe fill(room)
        guard count >= 0, count <= room.count else { return count }
        sent += count
        clock.sent(at: .now)
        return count
    }

    private func fill(_ room: UnsafeMutableRawBufferPointer) -> Int {
        switch request.body {
        case .none: return 0
        case .bytes(let bytes):
            let piece = bytes[sent...].prefix(room.count)
            unsafe room.copyBytes(from: piece)
            return piece.count
        case .file(let file, let offset, let count):
            let wanted = min(room.count, count - sent)
            guard wanted > 0 else { return 0 }
            let read = unsafe pread(file.number, room.baseAddress, wanted, off_t(offset + sent))
            if read > 0 { return read }
            let error = SystemError(code: read < 0 ? errno : EIO, operation: "read what is sent")
            return abort(WebError(.stopped, "\(error)"))
        case .source(_, let source):
            switch unsafe source(room) {
            case .bytes(let count):
                precondition(count > 0 && count <= room.count, "a source keeps to its room")
                return count
            case .end: return 0
            case .later:
                isPaused = true
                clock.paused()
                return shim_curl_read_pause()
            case .failed:
                return abort(WebError(.stopped, "what was sent to '\(request.url)' ended early"))
            }
        }
    }

    private func abort(_ error: WebError) -> Int {
        failure = error
        return shim_curl_read_abort()
    }

    /// Goes back in the request's body, for a connection that broke before it was answered.
    func rewind(to offset: Int) -> Bool {
        switch request.body {
        case .source: return offset == sent
        default:
            sent = offset
            return true
        }
    }
}

internal import CCurl
internal import Glibc
internal import POSIX

/// Sets libcurl's options; remembers the first that it refuses.
@safe
struct TransferOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(_ easy: UnsafeMutableRawPointer) {
        unsafe self.easy = easy
    }

    private mutating func set(_ option: CURLoption, _ value: Int) {
        note(unsafe shim_curl_set_long(easy, option, value))
    }

    private mutating func set(_ option: CURLoption, _ text: String) {
        note(unsafe shim_curl_set_text(easy, option, text))
    }

    private mutating func note(_ result: CURLcode) {
        if code == CURLE_OK { code = result }
    }

    /// Where to, and by which way.
    mutating func connection(
        _ request: WebRequest,
        _ settings: WebClient.Settings,
        _ proxy: String?
    ) {
        set(CURLOPT_URL, request.url.text)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_NOSIGNAL, 1)
        // Otherwise ending an exchange would wait for a name server that does not answer.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(request.patience.connect.milliseconds))
        set(CURLOPT_TCP_KEEPALIVE, 1)
        // Said in every case: left alone, libcurl reads the environment itself.
        set(CURLOPT_PROXY, proxy ?? "")
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let socket = request.socket {
            if socket.hasPrefix("@") {
                set(CURLOPT_ABSTRACT_UNIX_SOCKET, String(socket.dropFirst()))
            } else {
                set(CURLOPT_UNIX_SOCKET_PATH, socket)
            }
        }
        set(CURLOPT_SSL_VERIFYPEER, request.isInsecure ? 0 : 1)
        set(CURLOPT_SSL_VERIFYHOST, request.isInsecure ? 0 : 2)
        if let certificates = settings.certificates { set(CURLOPT_CAINFO, certificates) }
        let version =
            request.version == .one ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS
        set(CURLOPT_HTTP_VERSION, version)
        set(CURLOPT_USERAGENT, settings.agent)
    }

    /// Method and body.
    mutating func message(_ request: WebRequest) {
        let size = max(1 << 10, min(512 << 10, request.pieceSize))
        set(CURLOPT_BUFFERSIZE, size)
        if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
            return
        }
        var hasBody = ["POST", "PUT", "PATCH"].contains(request.method)
        if case .none = request.body {} else { hasBody = true }
        if hasBody {
            set(CURLOPT_UPLOAD, 1)
            set(CURLOPT_UPLOAD_BUFFERSIZE, max(16 << 10, size))
            let length = curl_off_t(request.body.length ?? -1)
            note(unsafe shim_curl_set_size(easy, CURLOPT_INFILESIZE_LARGE, length))
        }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    /// What libcurl calls, with what, and the header fields.
    mutating func callbacks(
        _ context: UnsafeMutableRawPointer,
        _ list: UnsafeMutablePointer<curl_slist>?
    ) {
        note(unsafe shim_curl_set_list(easy, CURLOPT_HTTPHEADER, list))
        for option in [
            CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA,
            CURLOPT_OPENSOCKETDATA, CURLOPT_PREREQDATA,
        ] {
            note(unsafe shim_curl_set_pointer(easy, option, context))
        }
        note(unsafe shim_curl_set_data(easy, CURLOPT_HEADERFUNCTION, takeLine))
        note(unsafe shim_curl_set_data(easy, CURLOPT_WRITEFUNCTION, takeBytes))
        note(unsafe shim_curl_set_data(easy, CURLOPT_READFUNCTION, supplyBytes))
        note(unsafe shim_curl_set_seek(easy, seekBody))
        note(unsafe shim_curl_set_open(easy, openSocket))
        note(unsafe shim_curl_set_before(easy, beforeRequest))
    }
}

// Libcurl's callbacks. The context is the transfer, which the loop keeps until libcurl has let go;
// all run on the loop's thread.

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
    guard let context = unsafe context else {
        preconditionFailure("every callback has its context")
    }
    return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
}

private func takeLine(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer(context).takeLine(line) ? size * count : 0
}

private func takeBytes(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard size * count > 0 else { return 0 }
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer(context).take(piece)
}

private func supplyBytes(
    _ room: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let room = unsafe UnsafeMutableRawBufferPointer(start: room, count: size * count)
    return unsafe transfer(context).supply(room)
}

private func seekBody(
    _ context: UnsafeMutableRawPointer?,
    _ offset: curl_off_t,
    _ origin: CInt
) -> CInt {
    guard origin == SEEK_SET, unsafe transfer(context).rewind(to: Int(offset)) else {
        return CURL_SEEKFUNC_FAIL
    }
    return CURL_SEEKFUNC_OK
}

private func openSocket(
    _ context: UnsafeMutableRawPointer?,
    _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let address = unsafe address else { return shim_curl_no_socket() }
    let isAllowed = unsafe withUnsafePointer(to: &address.pointee.addr) {
        unsafe transfer(context).mayOpen($0)
    }
    guard isAllowed else { return shim_curl_no_socket() }
    return unsafe socket(
        address.pointee.family,
        address.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue),
        address.pointee.protocol
    )
}

private func beforeRequest(
    _ context: UnsafeMutableRawPointer?,
    _ address: UnsafeMutablePointer<CChar>?,
    _ own: UnsafeMutablePointer<CChar>?,
    _ port: CInt,
    _ ownPort: CInt
) -> CInt {
    let text = unsafe address.map { unsafe String(cString: $0) } ?? ""
    return unsafe transfer(context).connected(to: text)
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

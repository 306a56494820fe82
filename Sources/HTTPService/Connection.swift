internal import CMicrohttpd
internal import Glibc
internal import POSIX

/// A library connection, borrowed for the time of a callback.
///
/// Every call but `resume` belongs on the connection's own thread, inside a callback.
@safe
struct Connection: @unchecked Sendable {
    // Unchecked: the pointer is constant; only `resume`, which the library allows from any thread,
    // is called elsewhere, and only while the connection is suspended and therefore alive.
    let handle: OpaquePointer
    /// What runs the connection's daemon; nil where the library's own threads do.
    var driver: LoopDriver?

    // MARK: The head

    /// A header's value, or nil when it is missing or not UTF-8.
    func header(_ name: String) -> String? {
        unsafe MHD_lookup_connection_value(handle, .HEADER_KIND, name)
            .flatMap { unsafe String(validatingCString: $0) }
    }

    /// All header fields.
    func headers() -> HTTPHeaders {
        var headers = HTTPHeaders()
        unsafe withUnsafeMutablePointer(to: &headers) {
            _ = unsafe MHD_get_connection_values_n(handle, .HEADER_KIND, onHeader, $0)
        }
        return headers
    }

    /// The query's names and values, decoded.
    ///
    /// - Throws: `HTTPError` 400 when one is not percent-encoded UTF-8.
    func query() throws(HTTPError) -> [(name: String, value: String)] {
        guard unsafe MHD_get_connection_values(handle, .GET_ARGUMENT_KIND, nil, nil) > 0 else {
            return []
        }
        var raw = HTTPHeaders()
        unsafe withUnsafeMutablePointer(to: &raw) {
            _ = unsafe MHD_get_connection_values_n(handle, .GET_ARGUMENT_KIND, onHeader, $0)
        }
        var query: [(name: String, value: String)] = []
        for (name, value) in raw.fields {
            guard let name = PercentCoding.decode(name), let value = PercentCoding.decode(value)
            else { throw .badPath }
            query.append((name, value))
        }
        return query
    }

    // MARK: Going on

    /// Stops calling back until `resume`; never call twice, that wedges the library's thread.
    func suspend() {
        unsafe MHD_suspend_connection(handle)
    }

    /// Lets the connection go on; from any thread, once for each `suspend`.
    ///
    /// - Parameter atOnce: Whether what it sends comes before all else on the thread that runs it; for
    ///   callers that hold no lock.
    func resume(atOnce: Bool = false) {
        unsafe MHD_resume_connection(handle)
        if atOnce { driver?.flush() } else { driver?.kick() }
    }

    // MARK: The answer

    /// What the server adds to every answer.
    struct ServerFields {
        let requestID: String
        let timing: String?
        /// The page that may read the answer.
        let origin: String?
        /// Whether this is the connection's last answer.
        let closes: Bool
        /// Whether the body is left out.
        let isHead: Bool
    }

    /// Answers.
    ///
    /// - Parameters:
    ///   - response: What to send.
    ///   - extra: Fields of the server's own; names and values that can be sent.
    ///   - request: The request whose task supplies a streamed body.
    ///   - onRefusedHeader: Called with the name of each field that cannot be sent.
    /// - Returns: Whether the library took it; if not, it closes the connection.
    func send(
        _ response: HTTPResponse,
        extra: ServerFields,
        request: RunningRequest?,
        onRefusedHeader: (String) -> Void
    ) -> Bool {
        guard let message = unsafe message(for: response.body, request) else { return false }
        if extra.isHead, case .stream = response.body { unsafe shim_mhd_without_chunks(message) }
        defer { unsafe MHD_destroy_response(message) }
        for (name, value) in response.headers.fields
        where unsafe MHD_add_response_header(message, name, value) == .NO {
            onRefusedHeader(name)
        }
        unsafe MHD_add_response_header(message, "X-Request-Id", extra.requestID)
        if let timing = extra.timing {
            unsafe MHD_add_response_header(message, "Server-Timing", timing)
        }
        if let origin = extra.origin {
            for (name, value) in OriginPolicy.fields(for: origin) {
                unsafe MHD_add_response_header(message, name, value)
            }
        }
        if extra.closes { unsafe MHD_add_response_header(message, "Connection", "close") }
        return unsafe LibraryAnswers.queue(handle, UInt32(response.status), message) == .YES
    }

    private func message(
        for body: HTTPResponse.Body,
        _ request: RunningRequest?
    ) -> OpaquePointer? {
        switch body {
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes { bytes in
                // The library only reads through the pointer, which its type does not say.
                unsafe MHD_create_response_from_buffer(
                    bytes.count,
                    UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                    .RESPMEM_MUST_COPY
                )
            }
        case .file(let region):
            // The library closes what it is given.
            let copy = fcntl(region.file.number, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { return nil }
            let message = unsafe MHD_create_response_from_fd_at_offset64(
                UInt64(region.count),
                copy,
                UInt64(region.offset)
            )
            if unsafe message == nil { close(copy) }
            return unsafe message
        case .stream:
            guard let request else { return nil }
            let retained = unsafe Unmanaged.passRetained(request)
            let message = unsafe shim_mhd_stream(onSupply, retained.toOpaque(), onRelease)
            if unsafe message == nil { unsafe retained.release() }
            return unsafe message
        }
    }
}

/// What the server itself looks at in a head, read in one pass; valid within the callback.
@safe
struct ConnectionHead {
    private let fields: shim_mhd_head

    init(_ connection: Connection) {
        unsafe fields = shim_mhd_read_head(connection.handle)
    }

    var authorization: String? { unsafe text(fields.authorization) }
    var contentType: String? { unsafe text(fields.content_type) }
    var host: String? { unsafe text(fields.host) }
    var origin: String? { unsafe text(fields.origin) }
    var requestID: String? { unsafe text(fields.request_id) }

    /// The announced length of the body, or nil when it is not known before.
    var contentLength: Int? { unsafe text(fields.content_length).flatMap { Int($0) } }

    /// Whether a body was announced.
    var hasBody: Bool {
        if unsafe fields.transfer_encoding != nil { return true }
        guard let length = unsafe fields.content_length else { return false }
        return unsafe strcmp(length, "0") != 0
    }

    /// Whether two fields say how long the body is, so that two readers could disagree about where
    /// the next request starts (RFC 9112, section 6.3).
    var isAmbiguous: Bool { unsafe fields.framings > 1 }

    /// How many fields name the host.
    var hosts: Int { Int(unsafe fields.hosts) }

    /// Whether the client waits for permission to send its body.
    var expectsContinue: Bool {
        unsafe fields.expect.map { unsafe strcasecmp($0, "100-continue") == 0 } ?? false
    }

    /// The text of a field, or nil when it is missing or not UTF-8.
    private func text(_ field: UnsafePointer<CChar>?) -> String? {
        unsafe field.flatMap { unsafe String(validatingCString: $0) }
    }
}

private func onHeader(
    context: UnsafeMutableRawPointer?,
    kind: MHD_ValueKind,
    name: UnsafePointer<CChar>?,
    nameSize: Int,
    value: UnsafePointer<CChar>?,
    valueSize: Int
) -> MHD_Result {
    // The library passes back what it was given, which is never null.
    guard let headers = unsafe context?.assumingMemoryBound(to: HTTPHeaders.self) else {
        return .NO
    }
    let nameBytes = unsafe UnsafeRawBufferPointer(start: name, count: nameSize)
    let valueBytes = unsafe UnsafeRawBufferPointer(start: value, count: valueSize)
    unsafe headers.pointee.add(
        String(decoding: nameBytes, as: UTF8.self),
        String(decoding: valueBytes, as: UTF8.self)
    )
    return .YES
}

private func onSupply(
    context: UnsafeMutableRawPointer?,
    position: UInt64,
    room: UnsafeMutablePointer<CChar>?,
    size: Int
) -> Int {
    guard let context = unsafe context else { return Int(shim_mhd_end_with_error) }
    let request = unsafe Unmanaged<RunningRequest>.fromOpaque(context).takeUnretainedValue()
    do {
        let room = unsafe UnsafeMutableRawBufferPointer(start: room, count: size)
        return unsafe try request.supply(room) ?? Int(shim_mhd_end_of_stream)
    } catch {
        return Int(shim_mhd_end_with_error)
    }
}

private func onRelease(context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<RunningRequest>.fromOpaque(context).release()
}

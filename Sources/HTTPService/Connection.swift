internal import CMicrohttpd
internal import Glibc

/// A library connection, borrowed for the time of a callback.
///
/// Every call but `resume` belongs on the connection's own thread, inside a callback.
@safe
struct Connection: @unchecked Sendable {
    // Unchecked: the pointer is constant; only `resume`, which the library allows from any thread,
    // is called elsewhere, and only while the connection is suspended and therefore alive.
    let handle: OpaquePointer

    // MARK: The head

    /// Whether a body was announced.
    var hasBody: Bool {
        if unsafe MHD_lookup_connection_value(handle, .HEADER_KIND, "Transfer-Encoding") != nil {
            return true
        }
        guard
            let length = unsafe MHD_lookup_connection_value(handle, .HEADER_KIND, "Content-Length")
        else { return false }
        return unsafe strcmp(length, "0") != 0
    }

    /// A header's value, or nil when it is missing or not UTF-8.
    func header(_ name: String) -> String? {
        unsafe MHD_lookup_connection_value(handle, .HEADER_KIND, name)
            .flatMap { unsafe String(validatingCString: $0) }
    }

    /// Whether the client waits for permission to send its body.
    var expectsContinue: Bool {
        unsafe MHD_lookup_connection_value(handle, .HEADER_KIND, "Expect")
            .map { unsafe strcasecmp($0, "100-continue") == 0 } ?? false
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

    /// The client's numeric address, or an empty text when it has none.
    var peer: String {
        var buffer = [CChar](repeating: 0, count: 64)
        unsafe shim_mhd_peer(handle, &buffer, socklen_t(buffer.count))
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }

    // MARK: The answer

    /// Stops calling back until `resume`; never call twice, that wedges the library's thread.
    func suspend() {
        unsafe MHD_suspend_connection(handle)
    }

    /// Lets the connection go on; from any thread, once for each `suspend`.
    func resume() {
        unsafe MHD_resume_connection(handle)
    }

    /// Answers; the body is copied.
    ///
    /// - Parameters:
    ///   - response: What to send.
    ///   - extra: Fields of the server's own.
    ///   - onRefusedHeader: Called with the name of each field that cannot be sent.
    /// - Returns: Whether the library took it; if not, it closes the connection.
    func send(
        _ response: HTTPResponse,
        extra: HTTPHeaders,
        onRefusedHeader: (String) -> Void
    ) -> Bool {
        let message = unsafe response.body.withUnsafeBytes { body in
            // The library only reads through the pointer, which its type does not say.
            unsafe MHD_create_response_from_buffer(
                body.count,
                UnsafeMutableRawPointer(mutating: body.baseAddress),
                .RESPMEM_MUST_COPY
            )
        }
        guard let message = unsafe message else { return false }
        defer { unsafe MHD_destroy_response(message) }
        for fields in [response.headers.fields, extra.fields] {
            for (name, value) in fields
            where unsafe MHD_add_response_header(message, name, value) == .NO {
                onRefusedHeader(name)
            }
        }
        return unsafe MHD_queue_response(handle, UInt32(response.status), message) == .YES
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

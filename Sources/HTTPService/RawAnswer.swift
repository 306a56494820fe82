internal import CMicrohttpd
internal import JSON

/// An error as the bytes of a whole HTTP/1.1 answer, for when the library takes none.
enum RawAnswer {
    /// Makes the bytes.
    ///
    /// - Parameters:
    ///   - error: What happened.
    ///   - envelope: The shape of the body.
    ///   - requestID: The request's id; empty when it has none.
    static func bytes(
        _ error: HTTPError,
        _ envelope: ErrorEnvelope,
        requestID: String = ""
    ) -> [UInt8] {
        let body = envelope.body(for: error, requestID: requestID).serialized
        let reason = unsafe String(cString: MHD_get_reason_phrase_for(UInt32(error.status)))
        var head = [
            "HTTP/1.1 \(error.status) \(reason)", "Content-Type: application/json",
            "Content-Length: \(body.count)", "Connection: close",
        ]
        if !requestID.isEmpty { head.append("X-Request-Id: \(requestID)") }
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

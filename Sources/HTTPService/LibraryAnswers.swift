internal import CMicrohttpd
internal import Glibc

/// Puts our error envelope where the library would send a page of its own.
///
/// DESIGN. What the library refuses by itself (a malformed head, one that is too large, a broken
/// chunk) never reaches the request callback, and there is no hook for its HTML pages. But the library
/// sends them with its own `MHD_queue_response`, which it calls by name through the dynamic linker,
/// and there a definition in the program goes first. So this file defines that function: the server's
/// answers pass it by. For the library's own our answer is sent as it is, and nothing can be sent after
/// it: the library queues its page as ever, cannot send it, and closes the connection. Letting it send
/// ours instead is no good, because 0.9.75 sends the head twice when a length is malformed; and a call
/// that fails ends the connection below its own feet, with a crash when that was in the middle of a
/// query. Where the linker has bound the call inside the library, the pages stay as they are; a test
/// shows which it is.
enum LibraryAnswers {
    private typealias Queue =
        @convention(c) (OpaquePointer?, UInt32, OpaquePointer?) -> MHD_Result

    /// The library's own function, which the definition below hides.
    private static let original: Queue = {
        // RTLD_NEXT: the first definition after this program's own. The macro has a cast.
        let next = unsafe UnsafeMutableRawPointer(bitPattern: -1)
        let symbol = unsafe dlsym(next, "MHD_queue_response")
        precondition(unsafe symbol != nil, "libmicrohttpd defines MHD_queue_response")
        // The library's own declaration has this type.
        return unsafe unsafeBitCast(symbol, to: Queue.self)
    }()

    /// Queues an answer of the server's own.
    static func queue(
        _ connection: OpaquePointer,
        _ status: UInt32,
        _ message: OpaquePointer
    ) -> MHD_Result {
        unsafe original(connection, status, message)
    }

    /// Queues our words for an answer of the library's.
    fileprivate static func replace(
        _ connection: OpaquePointer,
        _ status: UInt32,
        _ message: OpaquePointer?
    ) -> MHD_Result {
        guard let client = unsafe ClientConnection.of(Connection(handle: connection)),
            let error = HTTPError.ofLibrary(Int(status))
        else { return unsafe original(connection, status, message) }
        client.answerForLibrary(error)
        return unsafe original(connection, status, message)
    }
}

/// What the library calls when it answers by itself.
@_cdecl("MHD_queue_response")
public func baton_http_library_answers(
    _ connection: OpaquePointer?,
    _ status: UInt32,
    _ message: OpaquePointer?
) -> CInt {
    guard let connection = unsafe connection else { return 0 }
    return unsafe LibraryAnswers.replace(connection, status, message) == .YES ? 1 : 0
}

extension HTTPError {
    /// Our words for a status with which the library refuses a request.
    fileprivate static func ofLibrary(_ status: Int) -> HTTPError? {
        switch status {
        case 400:
            HTTPError(400, code: "malformed_request", "the request is not well-formed HTTP/1.1")
        case 413:
            HTTPError(413, code: "body_too_large", "the body announces a piece that is too large")
        case 414:
            HTTPError(414, code: "target_too_long", "the request's target is too long")
        case 431:
            HTTPError(431, code: "head_too_large", "the request's header fields are too large")
        case 501:
            HTTPError(501, code: "not_implemented", "this transfer encoding is not supported")
        case 505:
            HTTPError(505, code: "version_not_supported", "only HTTP/1.0 and HTTP/1.1 are spoken")
        case 500...599:
            HTTPError(503, code: "out_of_memory", "there is no memory for the request")
        default: nil
        }
    }
}

internal import HTTPService
internal import JSON

/// The last line of a stream that cannot go on: its status is out, so the client learns of it there.
enum ErrorLine {
    /// The line's object.
    ///
    /// - Parameter error: What happened.
    static func json(_ error: any Error) -> JSONValue {
        let known = (error as? any HTTPErrorConvertible)?.httpError
        return [
            "error": .string(known?.message ?? "the service failed to go on"),
            "code": .string(known?.code ?? "internal_error"),
        ]
    }
}

internal import DeviceProtocol
package import HTTPService
package import LanguagePipeline
package import LlamaServer
internal import ServiceKit

extension Refusal: HTTPErrorConvertible {
    /// The refusal as it is.
    package var httpError: HTTPError {
        var error = HTTPError(status, code: code, message, retryAfter: status == 503 ? 1 : nil)
        error.field = field
        return error
    }
}

extension EngineFailure: HTTPErrorConvertible {
    /// What the engine refuses is the client's request; what it fails at is the engine's.
    package var httpError: HTTPError {
        let isRequest = (400...499).contains(status)
        return HTTPError(
            isRequest ? 400 : status == 503 ? 503 : 500,
            code: isRequest ? "invalid_request" : "engine_failed",
            message,
            retryAfter: status == 503 ? 1 : nil
        )
    }
}

/// What clients of Ollama are told of the device manager's refusals, where they know words for it.
enum DeviceWords {
    /// The error in Ollama's words, whatever happened.
    static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DeviceError, error.code == .queueFull else { return error }
        let known = error.httpError
        return HTTPError(
            known.status,
            code: known.code,
            "server busy, please try again.  maximum pending requests exceeded",
            retryAfter: known.retryAfter
        )
    }
}

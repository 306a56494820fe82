internal import DeviceProtocol
package import HTTPService
package import LanguagePipeline
package import LlamaServer
internal import ServiceKit

extension Refusal: HTTPErrorConvertible {
    /// The refusal as it is.
    package var httpError: HTTPError {
        HTTPError(status, code: code, message, retryAfter: status == 503 ? 1 : nil)
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
        guard let error = error as? DeviceError else { return error }
        switch error.code {
        case .queueFull:
            let seconds = error.retryAfter.map { max(1, Int(($0 / .seconds(1)).rounded(.up))) }
            return HTTPError(
                503,
                code: error.code.rawValue,
                "server busy, please try again.  maximum pending requests exceeded",
                retryAfter: seconds ?? 1
            )
        default: return error
        }
    }
}

package import DeviceProtocol
package import HTTPService
package import MediaProtocol

extension DeviceError: HTTPErrorConvertible {
    /// The answer to a client whose request met this failure.
    ///
    /// What passes by itself is 503 with `Retry-After`; what the service got wrong is 500.
    package var httpError: HTTPError {
        let status =
            switch code {
            case .badRequest, .unknownTicket, .unknownGraph, .badTensor, .outputTooSmall,
                .notAdmitted, .revoked, .inferenceFailed, .internalError, .setTooLarge,
                .forbidden:
                500
            case .unknownModel, .notLoaded, .tooLarge, .queueFull, .expired, .cancelled,
                .deadlineUnreachable, .heldTooLong, .loadFailed, .engineFailed,
                .memoryExceeded, .draining, .unavailable:
                503
            }
        let seconds = retryAfter.map { max(1, Int(($0 / .seconds(1)).rounded(.up))) }
        return HTTPError(
            status,
            code: code.rawValue,
            message,
            retryAfter: seconds ?? (status == 503 ? 1 : nil)
        )
    }
}

extension MediaError: HTTPErrorConvertible {
    /// The answer to a client whose image met this failure.
    package var httpError: HTTPError {
        switch code {
        case .invalidImage, .unsupportedImage:
            HTTPError(400, code: code.rawValue, message)
        case .imageTooLarge:
            HTTPError(413, code: code.rawValue, message)
        case .outputTooSmall, .badRequest:
            HTTPError(500, code: "internal_error", message)
        case .tooManyImages, .busy, .timeout, .failed:
            HTTPError(503, code: code.rawValue, message, retryAfter: 1)
        }
    }
}

package import JSON

/// Why a media request was not answered.
package struct MediaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure, stable on the wire.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The bytes begin like an image but are broken, cut off or lie about themselves.
        case invalidImage = "invalid_image"
        /// The bytes are no image of a supported kind.
        case unsupportedImage = "unsupported_image"
        /// The image has more pixels than the request allows or a helper has room for.
        case imageTooLarge = "image_too_large"
        /// The output does not fit its place; `needed` says how much would.
        case outputTooSmall = "output_too_small"
        /// A request contradicts the protocol; a bug in the caller.
        case badRequest = "bad_request"
        /// The helper keeps as many open images as it may.
        case tooManyImages = "too_many_images"
        /// Every helper is at work and the queue is full.
        case busy = "media_busy"
        /// A request took longer than its limit; its helper was ended.
        case timeout = "media_timeout"
        /// Helpers could not be started, or ended twice while they worked on this.
        case failed = "media_failed"
    }

    /// What kind of failure.
    package let code: Code
    /// What happened, for people.
    package let message: String
    /// Bytes that would be enough, with `outputTooSmall`.
    package let needed: Int?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: What kind of failure.
    ///   - message: What happened.
    ///   - needed: Bytes that would be enough.
    package init(_ code: Code, _ message: String, needed: Int? = nil) {
        self.code = code
        self.message = message
        self.needed = needed
    }

    /// Whether the same request may well succeed later.
    package var isRetryable: Bool {
        switch code {
        case .busy, .timeout, .failed, .tooManyImages: true
        case .invalidImage, .unsupportedImage, .imageTooLarge, .outputTooSmall, .badRequest: false
        }
    }

    /// The sentence people read.
    package var description: String { "\(code.rawValue): \(message)" }

    /// The error of a reply, or nil when the reply is none.
    ///
    /// - Parameter reply: What the helper sent.
    package init?(reply: JSONObject) {
        guard let message = reply["error"]?.stringValue else { return nil }
        let code = reply["code"]?.stringValue.flatMap(Code.init(rawValue:)) ?? .failed
        self.init(code, message, needed: reply["needed"]?.integerValue)
    }

    /// Adds the error to a reply.
    ///
    /// - Parameter reply: Gains `error`, `code` and `needed`.
    package func write(to reply: inout JSONObject) {
        reply["error"] = .string(message)
        reply["code"] = .string(code.rawValue)
        if let needed { reply["needed"] = JSONValue(needed) }
    }
}

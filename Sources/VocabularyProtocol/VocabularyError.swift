package import JSON

/// Why tokens were not counted, made or turned into text.
package struct VocabularyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure, stable on the wire.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The file is missing, not allowed, broken, or has no vocabulary that can be used.
        case invalidModel = "invalid_model"
        /// The text, the tokens or the answer are beyond `VocabularyLimits`, or memory is.
        case tooLarge = "too_large"
        /// The request makes no sense: a token that the vocabulary has not, or no such action.
        case badRequest = "bad_request"
        /// As many requests wait already as may.
        case busy = "vocabulary_busy"
        /// The answer did not come in time.
        ///
        /// Mostly because others were before it. But a text may also take that long by itself: in
        /// some vocabularies runs of characters that have no token cost time by their square,
        /// 0.5 s for 80,000 line ends, and an engine would be blocked by them just as long.
        case timeout = "vocabulary_timeout"
        /// The process ended twice over this request, by a signal.
        ///
        /// It will do so again, and an engine that is given the same text may end too: llama.cpp
        /// splits texts for some vocabularies with `std::regex`, which needs 400 bytes of stack
        /// for each character of a run; 20,000 to 40,000 equal letters end it.
        case crashed = "vocabulary_crashed"
        /// The process cannot be started, or the client was shut down.
        case failed = "vocabulary_failed"
    }

    /// What kind of failure.
    package let code: Code
    /// What happened, for people.
    package let message: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: What kind of failure.
    ///   - message: What happened.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same request may well succeed later.
    package var isRetryable: Bool {
        switch code {
        case .busy, .timeout, .failed: true
        case .invalidModel, .tooLarge, .badRequest, .crashed: false
        }
    }

    /// The sentence people read.
    package var description: String { "\(code.rawValue): \(message)" }

    /// The error of a reply, or nil when the reply is none.
    ///
    /// - Parameter reply: What the process sent.
    package init?(reply: JSONObject) {
        guard let message = reply["error"]?.stringValue else { return nil }
        let code = reply["code"]?.stringValue.flatMap(Code.init(rawValue:)) ?? .failed
        self.init(code, message)
    }

    /// Adds the error to a reply.
    ///
    /// - Parameter reply: Gains `error` and `code`.
    package func write(to reply: inout JSONObject) {
        reply["error"] = .string(message)
        reply["code"] = .string(code.rawValue)
    }
}

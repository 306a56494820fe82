/// Why an engine refused or failed a request, as its client is told.
package struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason as programs read it; the raw value is what travels.
    package enum Code: String, Sendable {
        /// The frame itself is wrong.
        case badRequest = "bad_request"
        /// The model cannot be loaded.
        case loadFailed = "load_failed"
        /// No model is loaded yet.
        case notLoaded = "not_loaded"
        /// The model has no such graph.
        case unknownGraph = "unknown_graph"
        /// A tensor is missing, not where it is said to be, or not what the graph takes.
        case badTensor = "bad_tensor"
        /// An output does not fit into its space; the work was lost.
        case outputTooSmall = "output_too_small"
        /// The token may not run work here.
        case notAdmitted = "not_admitted"
        /// The token was revoked before the work was done.
        case revoked
        /// Too much of the channel's work waits already.
        case queueFull = "queue_full"
        /// The engine tried and failed.
        case inferenceFailed = "inference_failed"
        /// The client asked to cancel.
        case cancelled
        /// The engine gave up because it was told to; never travels, becomes one of the above.
        case interrupted
    }

    /// The output that did not fit, and how many bytes it takes.
    package struct Need: Sendable, Hashable {
        /// The output's name.
        package let output: String
        /// How many bytes it takes.
        package let bytes: Int
    }

    /// The reason as programs read it.
    package let code: Code
    /// The reason as people read it.
    package let message: String
    /// Set with `outputTooSmall`.
    package let need: Need?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: The reason as programs read it.
    ///   - message: The reason as people read it.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        need = nil
    }

    /// Creates an `outputTooSmall`.
    ///
    /// - Parameters:
    ///   - output: The output's name.
    ///   - bytes: How many bytes it takes.
    ///   - capacity: How many there are.
    package init(output: String, needs bytes: Int, capacity: Int) {
        code = .outputTooSmall
        message = "the output '\(output)' takes \(bytes) bytes, its space has \(capacity)"
        need = Need(output: output, bytes: bytes)
    }

    /// The sentence with its code: "queue_full: …".
    package var description: String { "\(code.rawValue): \(message)" }
}

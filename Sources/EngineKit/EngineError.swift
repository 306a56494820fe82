package import DeviceProtocol

/// Why an engine refused or failed a request, as its client is told.
package struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The output that did not fit, and how many bytes it takes.
    package struct Need: Sendable, Hashable {
        /// The output's name.
        package let output: String
        /// How many bytes it takes.
        package let bytes: Int
    }

    /// The reason as programs read it.
    package let code: DeviceErrorCode
    /// The reason as people read it.
    package let message: String
    /// Set with `outputTooSmall`.
    package let need: Need?
    /// Whether the engine gave up because it was told to.
    ///
    /// The client is told why instead: `cancelled` or `revoked`.
    package let isInterruption: Bool

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: The reason as programs read it.
    ///   - message: The reason as people read it.
    package init(_ code: DeviceErrorCode, _ message: String) {
        self.code = code
        self.message = message
        need = nil
        isInterruption = false
    }

    /// Creates the error of work that was interrupted.
    package init(interrupted message: String) {
        code = .cancelled
        self.message = message
        need = nil
        isInterruption = true
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
        isInterruption = false
    }

    /// The sentence with its code: "queue_full: …".
    package var description: String { "\(code.rawValue): \(message)" }
}

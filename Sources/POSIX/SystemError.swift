internal import Glibc

/// A failed system call: which one, on what, and the kernel's reason.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The `errno` value.
    package let code: CInt
    /// What was attempted, as a short phrase ("open '/etc/x'").
    package let operation: String

    /// Creates an error from a code.
    ///
    /// - Parameters:
    ///   - code: The `errno` value.
    ///   - operation: What was attempted.
    package init(code: CInt, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// Captures `errno`; call in the same expression as the failing call.
    ///
    /// - Parameter operation: What was attempted.
    package static func last(_ operation: String) -> SystemError {
        SystemError(code: errno, operation: operation)
    }

    /// The sentence people read: "open '/etc/x': No such file or directory".
    package var description: String { "\(operation): \(Self.reason(code))" }

    /// The kernel's words for an `errno` value.
    ///
    /// - Parameter code: The `errno` value.
    package static func reason(_ code: CInt) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

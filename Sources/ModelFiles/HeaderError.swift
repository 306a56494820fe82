package import POSIX

/// Why the header of a model file cannot be used, and where in the file.
package struct HeaderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Problem: Sendable, Hashable {
        /// The kernel refused to open or read the file.
        case unreadable(SystemError)
        /// The file does not begin as its format demands.
        case foreign(format: String)
        /// The file is of a version that is not read here.
        case unsupportedVersion(UInt64)
        /// The numbers are stored with their highest byte first.
        case bigEndian
        /// The file is shorter than what it announces.
        case endsEarly
        /// More bytes of header than anybody has use for.
        case tooLong(most: Int)
        /// A number is beyond what is accepted.
        case tooMany(what: String, count: UInt64, most: Int)
        /// Lists or messages lie inside each other too often.
        case tooDeep
        /// Something that the format does not allow.
        case invalid(String)
        /// Something that the header must have is not there.
        case missing(String)
    }

    /// What is wrong.
    package let problem: Problem
    /// Where, in bytes from the start of the file.
    package let offset: Int

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - problem: What is wrong.
    ///   - offset: Where, in bytes from the start of the file.
    package init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    /// The sentence people read: "at byte 24: 70000 bytes of a key, 65535 are the most".
    package var description: String { "at byte \(offset): \(problem)" }
}

extension HeaderError.Problem: CustomStringConvertible {
    /// The sentence people read.
    package var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .foreign(let format): "this is not a \(format) file"
        case .unsupportedVersion(let version): "version \(version) is not supported"
        case .bigEndian: "the file is for big-endian machines"
        case .endsEarly: "the file ends before what it announces"
        case .tooLong(let most): "the header is longer than \(most) bytes"
        case .tooMany(let what, let count, let most): "\(count) \(what), \(most) are the most"
        case .tooDeep: "lists or messages lie too deep inside each other"
        case .invalid(let what): "\(what) is not allowed"
        case .missing(let what): "\(what) is missing"
        }
    }
}

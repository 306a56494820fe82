package import JSON
package import ModelFiles
package import POSIX

/// Why a file of the store cannot be used.
///
/// Problems are values: a store belongs to its user, who may have anything in it, and one file that
/// cannot be used says nothing about the others.
package struct StoreProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Sendable, Hashable {
        /// Its name begins with a dot.
        case hidden
        /// Its name cannot be that of a part of a model's name.
        case invalidName
        /// A folder is expected in this place.
        case notAFolder
        /// A file is expected in this place, and a folder, a pipe or a device is there.
        case notAFile
        /// There is no such file.
        case missing
        /// The kernel refused to open or read it.
        case unreadable(SystemError)
        /// It has more bytes than what is accepted.
        case tooLarge(bytes: Int, most: Int)
        /// There are more files than what is looked at.
        case tooMany(most: Int)
        /// It is no JSON.
        case invalidJSON(JSONError)
        /// It says something that it must not say.
        case invalid(String)
        /// It is no model file, or a broken one.
        case header(HeaderError)
    }

    /// Where: the path from the store's folder on.
    package let place: String
    /// What is wrong.
    package let reason: Reason

    /// Creates a problem.
    ///
    /// - Parameters:
    ///   - place: The path from the store's folder on.
    ///   - reason: What is wrong.
    package init(_ place: String, _ reason: Reason) {
        self.place = place
        self.reason = reason
    }

    /// The sentence people read.
    package var description: String { "'\(place)': \(reason)" }
}

extension StoreProblem.Reason: CustomStringConvertible {
    /// The sentence people read.
    package var description: String {
        switch self {
        case .hidden: "hidden files are not looked at"
        case .invalidName: "this name cannot be part of a model's name"
        case .notAFolder: "a folder is expected here"
        case .notAFile: "a file is expected here"
        case .missing: "there is no such file; pull the model again"
        case .unreadable(let error): "\(error)"
        case .tooLarge(let bytes, let most): "it has \(bytes) bytes, \(most) are the most"
        case .tooMany(let most): "there are more than \(most) models; the others are not looked at"
        case .invalidJSON(let error): "it is no JSON: \(error)"
        case .invalid(let what): what
        case .header(let error): "\(error)"
        }
    }
}

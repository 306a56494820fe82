/// A store of models on this machine, into which files can be put without copying them.
///
/// The program supplies it: the verbs of models know a server by its API alone.
package protocol LocalStore: Sendable {
    /// The folder, as people read it.
    var path: String { get }

    /// Reads a file that nobody shall see in the store yet; blocks meanwhile.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - progress: Told how many bytes of how many were read; false calls it off.
    /// - Throws: `PlacingError`; `.refused` before anything was read.
    func read(
        _ path: String,
        progress: (_ done: Int, _ total: Int) -> Bool
    ) throws(PlacingError) -> any PlaceableFile

    /// Takes away blobs that were put there, save those that somebody needs by now.
    ///
    /// - Parameter digests: The blobs.
    /// - Returns: Why something was left; nil when nothing was.
    func takeBack(_ digests: Set<String>) -> String?
}

/// A file that was read, and can be put into a store.
///
/// One that is let go without leaves nothing behind.
package protocol PlaceableFile {
    /// Its digest: "sha256:" and 64 digits.
    var digest: String { get }
    /// Its bytes.
    var size: Int { get }
    /// How it would be in the store, as half a sentence with "it".
    var manner: String { get }

    /// Puts it there; once.
    ///
    /// - Returns: Whether it was not there before.
    /// - Throws: `PlacingError`; nothing is there then that was not before.
    func place() throws(PlacingError) -> Bool
}

/// Why a file is not put into a store.
package enum PlacingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It was written while it was read.
    case changed
    /// Nobody wants it any more.
    case cancelled
    /// It cannot be done; why, as half a sentence.
    case refused(String)

    /// The half of a sentence that people read.
    package var description: String {
        switch self {
        case .changed: "it was written while it was read"
        case .cancelled: "it was called off"
        case .refused(let reason): reason
        }
    }
}

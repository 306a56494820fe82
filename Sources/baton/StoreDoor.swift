import Glibc
import ModelCommands
import ModelStore
import POSIX

/// The store of the language service, as the verbs of models put files into it.
struct StoreDoor: LocalStore {
    private let writer: StoreWriter

    var path: String { writer.store.path }

    /// The store that the language service changes by this user's configuration.
    ///
    /// - Returns: Nil where it is not there: a server that has none yet makes it, and nobody knows
    ///   yet whether this is the server's.
    /// - Throws: `ConfigurationError`; `PlacingError` when this user may not write to it.
    static func open() throws -> StoreDoor? {
        let folder = try ModelStores.own(nil)
        guard Files.isFolder(folder) else { return nil }
        let blobs = "\(folder)/blobs"
        guard access(Files.isFolder(blobs) ? blobs : folder, W_OK | X_OK) == 0 else {
            throw PlacingError.refused("this user may not write to '\(folder)'")
        }
        return StoreDoor(writer: ModelStores.writer(folder))
    }

    func read(
        _ path: String,
        progress: (Int, Int) -> Bool
    ) throws(PlacingError) -> any PlaceableFile {
        do throws(StoreError) {
            let file = try BlobImport(
                writer,
                from: path,
                ways: [.clone, .link],
                progress: progress
            )
            return StoreFile(file)
        } catch {
            throw PlacingError(error)
        }
    }

    func takeBack(_ digests: Set<String>) -> String? {
        do throws(StoreError) {
            let removal = try writer.withdraw(Set(digests.compactMap { BlobDigest($0) }))
            return removal.left.first.map { "\($0)" }
        } catch {
            return "\(error)"
        }
    }
}

/// A file on its way through the door.
private struct StoreFile: PlaceableFile {
    private let file: BlobImport

    init(_ file: BlobImport) {
        self.file = file
    }

    var digest: String { file.digest.description }
    var size: Int { file.size }

    var manner: String {
        switch file.way {
        case .clone: "it shares its blocks with the store"
        case .link: "it is the same file in the store, so do not write into it"
        case .copy: "it was copied"
        }
    }

    func place() throws(PlacingError) -> Bool {
        do throws(StoreError) {
            return try file.publish().isNew
        } catch {
            throw PlacingError(error)
        }
    }
}

extension PlacingError {
    fileprivate init(_ error: StoreError) {
        switch error {
        case .changed: self = .changed
        case .cancelled: self = .cancelled
        default: self = .refused("\(error)")
        }
    }
}

internal import Glibc
internal import POSIX

/// The names in folders, as long as nothing comes to them or goes.
///
/// DESIGN. A list of models looks into hundreds of folders that hardly ever change. Whether one has is
/// seen from the time of its last change; file systems count that in steps, of two seconds on FAT, so a
/// folder that changed only lately is read each time.
final class FolderNames: Sendable {
    /// Folders whose names are kept at most.
    private static let mostFolders = 16_384
    /// How long ago the last change must be.
    static let settling = Duration.seconds(4)

    private let kept = Guarded(
        BoundedTable<String, (version: FolderVersion, names: [String])>(limit: mostFolders)
    )

    /// The names in a folder that can be entered, in order.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - now: The present moment.
    /// - Throws: `SystemError` when it cannot be read or entered, or is no folder.
    func names(in path: String, at now: WallTime = .now) throws(SystemError) -> [String] {
        let version = FolderVersion.current(of: path)
        if let version, let known = kept.withLock({ $0[path] }), known.version == version {
            return known.names
        }
        let names = try Files.readNames(in: path)
        guard unsafe access(path, X_OK) == 0 else { throw .last("open '\(path)'") }
        let settled = now.nanoseconds - Self.settling.nanoseconds
        if let version, version.changed < settled {
            kept.withLock { $0[path] = (version, names) }
        }
        return names
    }
}

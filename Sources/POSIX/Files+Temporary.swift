internal import Glibc

extension Files {
    /// Makes a folder that only this user can enter, with a name that nobody else has.
    ///
    /// In `TMPDIR`, without it in `/tmp`. Whoever makes it removes it with `removeTree`.
    ///
    /// - Parameter name: How its name begins.
    /// - Returns: Its path.
    /// - Throws: `SystemError` when it cannot be made there.
    package static func makeTemporaryFolder(_ name: String) throws(SystemError) -> String {
        let place = Environment.value("TMPDIR") ?? "/tmp"
        var path = Array("\(place)/\(name)-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&path) != nil else { throw .last("make a folder in '\(place)'") }
        return String(decoding: path.dropLast().map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
    }

    /// Removes a file, or a folder with all that is in it; what cannot be removed stays.
    ///
    /// Links are removed, not followed.
    ///
    /// - Parameter path: The file or folder.
    package static func removeTree(_ path: String) {
        guard kind(of: path) == S_IFDIR else { return remove(path) }
        for name in names(in: path) { removeTree("\(path)/\(name)") }
        removeFolder(path)
    }

    /// Whether a path names a file with contents: no link, folder, pipe or device.
    ///
    /// - Parameter path: The path.
    package static func isPlainFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}

internal import Glibc

/// What tells one content of a path from another without reading it.
package struct FileVersion: Sendable, Hashable {
    /// The file's number in its file system: changes when a file is replaced.
    package let number: UInt64
    /// Its bytes.
    package let size: Int
    /// When its content changed, in nanoseconds since 1970.
    package let changed: Int64

    /// The version that a path has now.
    ///
    /// - Parameter path: The path; links are followed.
    /// - Returns: Nil when there is no regular file.
    package static func current(of path: String) -> FileVersion? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? FileVersion(status) : nil
    }

    private init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        number = UInt64(status.st_ino)
        size = Int(status.st_size)
        // Whoever owns a file sets its time to whatever a file system holds; the years from 1684 to
        // 2255 are what fits here.
        let seconds = min(max(Int64(status.st_mtim.tv_sec), -9_000_000_000), 9_000_000_000)
        changed = seconds * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    /// A file that was opened for reading, and its version at that moment.
    package struct Opened: Sendable {
        /// The file.
        package let file: FileDescriptorBox
        /// Its version.
        package let version: FileVersion
    }

    /// Opens a regular file for reading, without waiting for what only looks like one.
    ///
    /// - Parameter path: The path; links are followed.
    /// - Throws: `SystemError`; `EINVAL` for a folder, a pipe or a device.
    package static func open(_ path: String) throws(SystemError) -> Opened {
        let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw .last("open '\(path)'") }
        let file = FileDescriptorBox(owning: number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw .last("examine '\(path)'") }
        guard let version = FileVersion(status) else {
            throw SystemError(code: EINVAL, operation: "read '\(path)', which is no regular file")
        }
        return Opened(file: file, version: version)
    }
}

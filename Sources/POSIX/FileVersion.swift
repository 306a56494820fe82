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
        changed = status.st_mtim.nanoseconds
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

/// What tells whether anything came to a folder or went since it was read.
package struct FolderVersion: Sendable, Hashable {
    /// Its file system, and its number there.
    private let device, number: UInt64
    /// When names came or went, or its permissions changed, in nanoseconds since 1970.
    package let changed: Int64

    /// The version that a path has now.
    ///
    /// - Parameter path: The path; links are followed.
    /// - Returns: Nil when there is no folder.
    package static func current(of path: String) -> FolderVersion? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return nil
        }
        return FolderVersion(
            device: UInt64(status.st_dev),
            number: UInt64(status.st_ino),
            changed: status.st_ctim.nanoseconds
        )
    }
}

extension timespec {
    /// Nanoseconds since 1970.
    ///
    /// Whoever owns a file sets its time to whatever a file system holds; the years from 1684 to 2255
    /// are what fits here.
    fileprivate var nanoseconds: Int64 {
        let seconds = min(max(Int64(tv_sec), -9_000_000_000), 9_000_000_000)
        return seconds * 1_000_000_000 + Int64(tv_nsec)
    }
}

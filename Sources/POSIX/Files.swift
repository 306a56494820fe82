internal import Glibc

/// Whole small files: configuration, model descriptions, figures of `/proc`.
package enum Files {
    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: Most bytes accepted.
    /// - Throws: `SystemError`; `EFBIG` when the file is longer than `limit`.
    package static func read(_ path: String, limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .last("open '\(path)'") }
        let file = FileDescriptor(owning: number)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file.number, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("read '\(path)'")
            }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            if bytes.count > limit {
                throw SystemError(code: EFBIG, operation: "read '\(path)'")
            }
        }
    }

    /// Replaces a file in one step: readers see the old content or the new, never half of it.
    ///
    /// - Parameters:
    ///   - path: The file; its folder must exist.
    ///   - bytes: The new content.
    ///   - mode: Permission bits of the new file.
    /// - Throws: `SystemError`; the old content stays then.
    package static func replace(
        _ path: String,
        with bytes: [UInt8],
        mode: UInt32 = 0o644
    ) throws(SystemError) {
        let partial = "\(path).partial.\(getpid())"
        let number = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard number >= 0 else { throw .last("write '\(path)'") }
        let file = FileDescriptor(owning: number)
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(
                    file.number,
                    $0.baseAddress?.advanced(by: offset),
                    bytes.count - offset
                )
            }
            if count < 0 {
                if errno == EINTR { continue }
                let failure = SystemError.last("write '\(path)'")
                _ = unsafe unlink(partial)
                throw failure
            }
            offset += count
        }
        guard fsync(file.number) == 0, unsafe rename(partial, path) == 0 else {
            let failure = SystemError.last("write '\(path)'")
            _ = unsafe unlink(partial)
            throw failure
        }
    }

    /// Makes a folder and those above it; one that exists is fine.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - mode: Permission bits of each new folder.
    /// - Throws: `SystemError` when one cannot be made.
    package static func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        if unsafe path.isEmpty || mkdir(path, mode) == 0 { return }
        let code = errno
        if code == EEXIST, isFolder(path) { return }
        if code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]), mode: mode)
            if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
            throw .last("make the folder '\(path)'")
        }
        throw SystemError(code: code, operation: "make the folder '\(path)'")
    }

    /// Whether a path names a folder.
    ///
    /// - Parameter path: The path.
    package static func isFolder(_ path: String) -> Bool {
        guard let status = status(of: path) else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a path names something that this process may execute.
    ///
    /// - Parameter path: The path.
    package static func isExecutable(_ path: String) -> Bool {
        unsafe !isFolder(path) && access(path, X_OK) == 0
    }

    /// The size of a file in bytes, or nil when there is none.
    ///
    /// - Parameter path: The path.
    package static func size(_ path: String) -> Int? {
        status(of: path).map { Int($0.st_size) }
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// The names in a folder, sorted; empty when it cannot be read.
    ///
    /// - Parameter path: The folder.
    package static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The running program's own file.
    package static var executable: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        // Characters are signed on some machines, and names need not be ASCII.
        let bytes = buffer.prefix(max(0, count)).map { UInt8(truncatingIfNeeded: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The process's environment variables.
package enum Environment {
    /// The value of a variable; an empty one counts as absent.
    ///
    /// - Parameter name: The variable.
    package static func value(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: text)
        return value.isEmpty ? nil : value
    }

    /// All variables as `NAME=value`.
    package static var all: [String] {
        var entries: [String] = []
        var cursor = unsafe environ
        while let entry = unsafe cursor.pointee {
            entries.append(unsafe String(cString: entry))
            unsafe cursor = cursor.advanced(by: 1)
        }
        return entries
    }
}

/// This process.
package enum CurrentProcess {
    /// Its number.
    package static var id: Int32 { getpid() }

    /// Whether it runs as root.
    package static var isRoot: Bool { geteuid() == 0 }

    /// The number of its user.
    package static var user: UInt32 { geteuid() }
}

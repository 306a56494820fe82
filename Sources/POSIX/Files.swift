internal import CLinux
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
        return try read(file.number, path, limit)
    }

    /// Reads standard input to its end.
    ///
    /// By its number: where it is a socket, it cannot be opened by its name.
    ///
    /// - Parameter limit: More than this many bytes are an error.
    /// - Throws: `SystemError`; `EFBIG` beyond the limit.
    package static func readInput(limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        try read(STDIN_FILENO, "standard input", limit)
    }

    private static func read(
        _ number: CInt,
        _ path: String,
        _ limit: Int
    ) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(number, &chunk, chunk.count)
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

    /// Removes a file; one that is not there is fine.
    ///
    /// - Parameter path: The file.
    package static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    /// Removes an empty folder; one that is not there or not empty is left alone.
    ///
    /// - Parameter path: The folder.
    package static func removeFolder(_ path: String) {
        _ = unsafe rmdir(path)
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
        // Of this process and thread alone, so that two writers never share a half-written file.
        let partial = "\(path).partial.\(getpid()).\(pthread_self())"
        do throws(SystemError) {
            try write(partial, bytes, mode: mode)
            guard unsafe rename(partial, path) == 0 else {
                throw SystemError.last("write '\(path)'")
            }
        } catch {
            _ = unsafe unlink(partial)
            throw error
        }
        syncFolder(of: path)
    }

    private static func write(
        _ path: String,
        _ bytes: [UInt8],
        mode: UInt32
    ) throws(SystemError) {
        // Left by a process of the same number that died; never follow a link that waits there.
        _ = unsafe unlink(path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe open(path, flags, mode)
        guard number >= 0 else { throw .last("write '\(path)'") }
        let file = FileDescriptor(owning: number)
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
                return unsafe Glibc.write(file.number, rest.baseAddress, rest.count)
            }
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw .last("write '\(path)'")
            }
        }
        guard fsync(file.number) == 0 else { throw .last("write '\(path)'") }
    }

    /// Makes a rename survive a power cut.
    private static func syncFolder(of path: String) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let number = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return }
        // The new content is in place already; a file system that cannot sync folders is no error.
        _ = fsync(FileDescriptor(owning: number).number)
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

    /// Makes a folder that only this user can enter, or checks that an existing one is such.
    ///
    /// For places where everybody may make folders, such as `/tmp`.
    ///
    /// - Parameter path: The folder; the one above it must exist.
    /// - Throws: `SystemError`; `EPERM` when it belongs to somebody else, is a link, or is open to
    ///   others.
    package static func makePrivateFolder(_ path: String) throws(SystemError) {
        if unsafe mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw .last("make the folder '\(path)'") }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw .last("examine '\(path)'") }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isFolder, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw SystemError(code: EPERM, operation: "trust the folder '\(path)'")
        }
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

    /// The file of a program, as a shell finds it.
    ///
    /// - Parameter name: A path, or a name that is looked for along PATH.
    /// - Returns: The path; nil when there is no such program.
    package static func program(named name: String) -> String? {
        if name.contains("/") { return isExecutable(name) ? name : nil }
        let folders = (Environment.value("PATH") ?? "/usr/bin:/bin").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first(where: isExecutable)
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
    package static func names(in path: String) -> [String] { (try? readNames(in: path)) ?? [] }

    /// The names of what is in a folder, sorted, without `.` and `..`.
    ///
    /// - Parameter path: The folder.
    /// - Throws: `SystemError` when it cannot be opened: `ENOTDIR`, `ENOENT`, `EACCES`.
    package static func readNames(in path: String) throws(SystemError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw .last("open '\(path)'") }
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

    /// What a child is given: all but what systemd tells this process alone.
    ///
    /// A child that reported its readiness would be taken for this process.
    package static var inherited: [String] { all.filter(isInherited) }

    /// Whether a child is given a variable.
    ///
    /// - Parameter entry: `NAME=value`.
    static func isInherited(_ entry: String) -> Bool {
        !["NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_"].contains(where: entry.hasPrefix)
    }
}

/// This process.
package enum CurrentProcess {
    /// Its number.
    package static var id: Int32 { getpid() }

    /// Processor cores that it may use.
    package static var cores: Int { Int(linux_cpu_count()) }

    /// Whether it runs as root.
    package static var isRoot: Bool { geteuid() == 0 }

    /// The number of its user.
    package static var user: UInt32 { geteuid() }

    /// Bytes of physical memory that it takes now; 0 when `/proc` does not tell.
    package static var residentBytes: Int {
        guard let text = try? Files.read("/proc/self/statm") else { return 0 }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(getpagesize()) : 0
    }
}

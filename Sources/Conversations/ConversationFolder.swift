package import Digests
internal import Glibc
package import POSIX

/// The files of kept conversations, which only their service can read.
///
/// DESIGN. An engine writes into a folder of its own, `engines/<engine>`, and reads from there; it can
/// reach no other. What it has written is moved to `kept`, where no engine reads, and moved back for
/// as long as an engine is to read it. So an engine that was taken over finds nothing of other
/// requests. Names are random numbers, modes are 0600 below 0700, and what the files are is in the
/// service's memory alone: those that a service finds when it starts are nobody's, and go.
package final class ConversationFolder: Sendable {
    private let path: String
    /// Locked while this object lives, so that two services never share a folder.
    private let lock: FileDescriptor

    /// Opens a folder, which is made when it is not there and emptied when it is.
    ///
    /// - Parameter path: The folder, private to the service.
    /// - Throws: `SystemError`; `EWOULDBLOCK` when another service uses it.
    package init(_ path: String) throws(SystemError) {
        self.path = path
        try Files.makeFolder(path, mode: 0o700)
        try Files.makePrivateFolder(path)
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe Glibc.open("\(path)/lock", flags, 0o600)
        guard number >= 0 else { throw .last("open '\(path)/lock'") }
        lock = FileDescriptor(owning: number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw .last("lock '\(path)'") }
        try Files.makePrivateFolder("\(path)/kept")
        try Files.makePrivateFolder("\(path)/engines")
        clear()
    }

    /// Removes all files.
    package func clear() {
        for file in Self.files(in: path) { Files.remove(file) }
    }

    /// The folders of engines below a service's folder.
    ///
    /// - Parameter path: The service's folder.
    package static func engines(in path: String) -> String { "\(path)/engines" }

    /// A name that nobody can guess.
    package static func freshName() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = String(generator.next() as UInt64, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: What engines write and read

    /// Takes what an engine has written; reads all of it, and blocks while it does.
    ///
    /// - Parameters:
    ///   - name: The file.
    ///   - engine: The engine.
    ///   - bytes: Its size, as the engine says.
    /// - Returns: The digest of its content.
    /// - Throws: `SystemError`; there is no such file afterwards.
    package func accept(
        _ name: String,
        from engine: String,
        bytes: Int
    ) throws(SystemError) -> SHA256Digest {
        do throws(SystemError) {
            let file = try Self.examine(place(name, of: engine), bytes: bytes)
            guard fchmod(file.number, 0o600) == 0 else { throw .last("protect a conversation") }
            try move(place(name, of: engine), to: place(name))
            return try Self.digest(of: file)
        } catch {
            discard(name, from: engine)
            remove(name)
            throw error
        }
    }

    /// Gives an engine a file to read; reads all of it, and blocks while it does.
    ///
    /// - Parameters:
    ///   - kept: The conversation.
    /// - Throws: `SystemError` when the file is not what was written; it is gone then.
    package func lend(_ kept: KeptConversation) throws(SystemError) {
        do throws(SystemError) {
            let file = try Self.examine(place(kept.name), bytes: kept.bytes)
            guard try Self.digest(of: file) == kept.digest else {
                throw SystemError(code: EBADMSG, operation: "recognise a conversation")
            }
            try move(place(kept.name), to: place(kept.name, of: kept.engine))
        } catch {
            remove(kept.name)
            throw error
        }
    }

    /// Removes what an engine has read, or has not finished writing.
    ///
    /// - Parameters:
    ///   - name: The file.
    ///   - engine: The engine.
    package func discard(_ name: String, from engine: String) {
        Files.remove(place(name, of: engine))
    }

    /// Removes a kept file.
    ///
    /// - Parameter name: The file.
    package func remove(_ name: String) { Files.remove(place(name)) }

    private func place(_ name: String) -> String { "\(path)/kept/\(name)" }

    private func place(_ name: String, of engine: String) -> String {
        "\(Self.engines(in: path))/\(engine)/\(name)"
    }

    private func move(_ source: String, to target: String) throws(SystemError) {
        guard unsafe rename(source, target) == 0 else { throw .last("move a conversation") }
    }

    /// Opens a regular file of this size with no other name.
    private static func examine(_ path: String, bytes: Int) throws(SystemError) -> FileDescriptor {
        let number = unsafe Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw .last("open a conversation") }
        let file = FileDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw .last("examine a conversation") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
            Int(status.st_size) == bytes
        else { throw SystemError(code: EBADMSG, operation: "recognise a conversation") }
        return file
    }

    private static func digest(
        of file: borrowing FileDescriptor
    ) throws(SystemError) -> SHA256Digest {
        let hasher = SHA256Hasher()
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe read(file.number, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("read a conversation")
            }
            if count == 0 { return hasher.finish() }
            unsafe chunk.withUnsafeBytes { bytes in
                unsafe hasher.update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
        }
    }

    // MARK: Collecting

    /// A file that a collection has found.
    package struct Leftover: Sendable, Hashable {
        /// The file.
        package let path: String
        /// Its size.
        package let bytes: Int
    }

    /// Removes files that nobody has written to for some time.
    ///
    /// - Parameters:
    ///   - path: A service's folder; it need not exist.
    ///   - age: What was written later stays.
    ///   - isDryRun: Whether files are listed and not removed.
    ///   - evenInUse: Whether those go too that a running service knows. To it each is a conversation
    ///     less, and no error.
    /// - Returns: The files that were removed, or would be.
    package static func collect(
        in path: String,
        olderThan age: Duration,
        isDryRun: Bool,
        evenInUse: Bool = false
    ) -> [Leftover] {
        guard evenInUse || !isInUse(path) else { return [] }
        let now = WallTime.now.nanoseconds
        return files(in: path).compactMap { file in
            guard let version = FileVersion.current(of: file),
                now - version.changed >= age.nanoseconds
            else { return nil }
            if !isDryRun { Files.remove(file) }
            return Leftover(path: file, bytes: version.size)
        }
    }

    /// Whether a service has the folder.
    private static func isInUse(_ path: String) -> Bool {
        let number = unsafe Glibc.open("\(path)/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { return false }
        let file = FileDescriptor(owning: number)
        return flock(file.number, LOCK_SH | LOCK_NB) != 0
    }

    /// All files of conversations.
    private static func files(in path: String) -> [String] {
        let engines = Self.engines(in: path)
        let folders = ["\(path)/kept"] + Files.names(in: engines).map { "\(engines)/\($0)" }
        return folders.flatMap { folder in Files.names(in: folder).map { "\(folder)/\($0)" } }
    }
}

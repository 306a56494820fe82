internal import CLinux
internal import Glibc
internal import POSIX
internal import Synchronization

/// A file that is written under a name of its own and gets its real one when it is complete.
///
/// The name begins with a dot, so that nobody takes it for a blob or a manifest. The file is locked
/// with `flock` while its owner lives: one that is not was left by a process that died. Make it under
/// the store's shared lock, or a collection could see it in the moment before it is locked.
final class TemporaryFile {
    /// What the names of all such files begin with.
    static let start = ".baton-"

    let path: String
    private let file: FileDescriptor
    private var isPublished = false
    private static let counter = Atomic<UInt64>(0)

    /// A name that nobody uses.
    static func freshName() -> String {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let mark = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return "\(start)\(getpid())-\(number)-\(mark)"
    }

    /// Makes an empty file.
    init(in folder: String) throws(StoreError) {
        path = "\(folder)/\(Self.freshName())"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe open(path, flags, 0o644)
        guard number >= 0 else { throw .system(.last("make a file in '\(folder)'")) }
        file = FileDescriptor(owning: number)
        try lock()
        StoreCalls.hand(path, like: folder)
    }

    /// Makes a second name of an open file.
    ///
    /// Of the open one, and not of whatever its path names by now: what was found out about the file
    /// holds of what gets the name.
    ///
    /// - Throws: `StoreError.system`: `EXDEV` on another file system, and where the kernel or the
    ///   file system gives out no second names.
    init(in folder: String, linking source: CInt) throws(StoreError) {
        path = "\(folder)/\(Self.freshName())"
        let open = "/proc/self/fd/\(source)"
        guard unsafe linkat(AT_FDCWD, open, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
            throw .system(.last("make a second name in '\(folder)'"))
        }
        let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard number >= 0 else {
            let error = SystemError.last("open '\(path)'")
            _ = unsafe unlink(path)
            throw .system(error)
        }
        file = FileDescriptor(owning: number)
        // Its other owners may lock it as they like; the age of the name protects it.
        _ = flock(number, LOCK_SH | LOCK_NB)
    }

    deinit {
        // Half a file is of no use to anybody.
        if !isPublished { _ = unsafe unlink(path) }
    }

    /// The open file; valid while this object lives.
    var number: CInt { file.number }

    /// Appends bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var offset = 0
        while offset < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
            let count = unsafe Glibc.write(file.number, rest.baseAddress, rest.count)
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw .system(.last("write '\(path)'"))
            }
        }
    }

    /// Makes it another file's content without copying; false where the file system cannot.
    func clone(_ source: CInt) -> Bool { linux_clone_file(file.number, source) == 0 }

    /// Gives it its real name, once its content is safe on the disk.
    ///
    /// Another file of that name is replaced in one step.
    func publish(as target: String) throws(StoreError) {
        guard fsync(file.number) == 0 else { throw .system(.last("write '\(path)'")) }
        guard unsafe rename(path, target) == 0 else {
            throw .system(.last("write '\(target)'"))
        }
        // Where both are names of one file already, renaming does nothing.
        _ = unsafe unlink(path)
        isPublished = true
        StoreCalls.syncFolder(StoreCalls.parent(of: target))
    }

    /// Whether the owner of such a file lives.
    static func isInUse(_ path: String) -> Bool {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard number >= 0 else { return false }
        defer { close(number) }
        return flock(number, LOCK_EX | LOCK_NB) != 0
    }

    private func lock() throws(StoreError) {
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            throw .system(.last("lock '\(path)'"))
        }
    }
}

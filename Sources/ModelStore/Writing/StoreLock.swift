internal import Glibc
internal import POSIX

/// The right to change a store, which programs grant each other through a lock on one file.
///
/// DESIGN. `.baton/lock` in the store's folder is locked with `flock`: shared by those that add
/// references to blobs, exclusive for those that take blobs away. The kernel frees it when its
/// holder ends, however that happens. Holders are quick: they hold it for the names of files, never
/// while content is read or written; what long work needs meanwhile is pinned (`BlobPin`).
///
/// Ollama knows nothing of it and is not held up; nor does it look into this folder.
final class StoreLock {
    /// What others may do meanwhile.
    enum Kind {
        /// Others may add references too.
        case shared
        /// Nobody else holds the lock.
        case exclusive
    }

    private var file: FileDescriptor?

    /// Takes the lock, waiting for it up to a while.
    init(_ path: String, _ kind: Kind, patience: Duration) throws(StoreError) {
        let file = try Self.open(path)
        let start = MonotonicTime.now
        let mode = kind == .shared ? LOCK_SH : LOCK_EX
        // Holders are done within milliseconds; a longer wait need not look so often.
        var pause: UInt32 = 500
        while flock(file.number, mode | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw .system(.last("lock '\(path)'"))
            }
            let waited = MonotonicTime.now - start
            guard waited < patience else {
                throw .busy(path: path, holders: LockHolders.of(file.number), waited: waited)
            }
            usleep(pause)
            pause = min(pause * 2, 50_000)
        }
        self.file = consume file
    }

    deinit {
        release()
    }

    /// Gives the lock back; doing so twice is fine.
    ///
    /// Said to the kernel, and not left to closing the file: a child of this process that has not come
    /// to its own program yet has the file open too, and would keep the lock.
    func release() {
        if let number = file?.number { _ = flock(number, LOCK_UN) }
        file = nil
    }

    private static func open(_ path: String) throws(StoreError) -> FileDescriptor {
        let existed = unsafe access(path, F_OK) == 0
        var number = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        if number < 0, errno == EACCES {
            // Somebody else's: reading is enough to lock it.
            number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        }
        guard number >= 0 else { throw .system(.last("open '\(path)'")) }
        if !existed { StoreCalls.hand(path, like: StoreCalls.parent(of: path)) }
        return FileDescriptor(owning: number)
    }
}

/// Who holds a lock, by the kernel's list.
enum LockHolders {
    /// The programs that hold a lock on an open file: "baton (1234)".
    static func of(_ file: CInt) -> [String] {
        var status = stat()
        guard unsafe fstat(file, &status) == 0,
            let list = try? Files.read("/proc/locks")
        else { return [] }
        let found = holders(
            in: String(decoding: list, as: UTF8.self),
            number: UInt64(status.st_ino)
        )
        return found.map { pid in
            // A process that has just ended has no name any more.
            let name = (try? Files.read("/proc/\(pid)/comm")).map { bytes in
                String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            }
            return "\(name ?? "process") (\(pid))"
        }
    }

    /// The processes that hold a `flock` lock on a file of this number, each once.
    ///
    /// Lines are like `1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`; those of processes that
    /// wait have an arrow. The file system is not compared: some show another number there.
    static func holders(in list: String, number: UInt64) -> [Int32] {
        var found: [Int32] = []
        for line in list.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", let pid = Int32(words[4]), pid > 0,
                words[5].split(separator: ":").last == "\(number)", !found.contains(pid)
            else { continue }
            found.append(pid)
        }
        return found
    }
}

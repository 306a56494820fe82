internal import Glibc
internal import POSIX

/// The kernel's codes that mean something of their own to a store.
enum StoreCode {
    static let readOnly = EROFS
    static let denied = EACCES
    static let forbidden = EPERM
    static let full = ENOSPC
    static let overQuota = EDQUOT
    static let otherFileSystem = EXDEV
}

/// Calls on paths, with errors of the store.
enum StoreCalls {
    /// Puts an error of the kernel's into the store's.
    static func run<Result>(_ body: () throws(SystemError) -> Result) throws(StoreError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw StoreError.system(error)
        }
    }

    /// Makes a folder and those above it; new ones belong to whom the one above belongs.
    static func makeFolder(_ path: String) throws(StoreError) {
        guard !Files.isFolder(path) else { return }
        let above = parent(of: path)
        if above != path { try makeFolder(above) }
        guard unsafe mkdir(path, 0o755) == 0 || (errno == EEXIST && Files.isFolder(path)) else {
            throw .system(.last("make the folder '\(path)'"))
        }
        hand(path, like: above)
    }

    /// Lets a new file or folder belong to whom the folder above belongs.
    ///
    /// Only root can, and only for root it matters: otherwise the user to whom a store belongs
    /// could not change what root has put into it.
    static func hand(_ path: String, like folder: String) {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard unsafe stat(folder, &status) == 0, status.st_uid != 0 || status.st_gid != 0 else {
            return
        }
        // Where it cannot be done, such as on shares, the file is as good as any other of root's.
        _ = unsafe lchown(path, status.st_uid, status.st_gid)
    }

    /// Makes new names in a folder survive a power cut.
    static func syncFolder(_ path: String) {
        let number = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return }
        defer { close(number) }
        // The name is in place already; a file system that cannot sync folders is no error.
        _ = fsync(number)
    }

    /// Takes a name away; one that is not there is fine.
    static func remove(_ path: String) throws(StoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw .system(.last("remove '\(path)'"))
        }
    }

    /// The folder of a path.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Bytes that this user may still write on a path's file system; nil when nobody knows.
    static func freeBytes(_ path: String) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        let (bytes, isBeyond) = Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return isBeyond ? .max : bytes
    }
}

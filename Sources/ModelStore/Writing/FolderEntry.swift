internal import Glibc
internal import POSIX

/// A name in a folder, without following links.
struct FolderEntry {
    /// Bytes that go with it; 0 for a file that has other names too, and for a link.
    let size: Int
    /// When its content or its name changed last, in nanoseconds since 1970.
    let touched: Int64

    /// Looks at a name; nil when there is no file or link of that name.
    init?(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFLNK else { return nil }
        size = kind == S_IFREG && status.st_nlink == 1 ? Int(status.st_size) : 0
        touched = max(Self.nanoseconds(status.st_mtim), Self.nanoseconds(status.st_ctim))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        // The years from 1684 to 2255 are what fits.
        let seconds = min(max(Int64(time.tv_sec), -9_000_000_000), 9_000_000_000)
        return seconds * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

internal import Glibc
internal import POSIX

/// Why a file does not become a blob by getting a second name.
///
/// Both names are one file for good: one owner, one set of permissions, one content. So nobody may
/// be able to write it who could not change the store anyway, and who owns the store must be able to
/// read it.
enum LinkObstacle: Error, Hashable, CustomStringConvertible {
    /// It lies on another file system.
    case otherFileSystem
    /// It belongs to neither this user nor the store's owner.
    case foreign
    /// Others than its owner may write it.
    case writable
    /// The store's owner may not read it.
    case unreadable
    /// The kernel does not want to.
    case kernel(StoreError)

    /// Looks for what forbids a second name; nil when nothing does.
    ///
    /// - Parameters:
    ///   - file: The open file.
    ///   - folder: The folder of the second name.
    init?(of file: CInt, in folder: String) {
        var (status, place) = (stat(), stat())
        guard unsafe fstat(file, &status) == 0, unsafe stat(folder, &place) == 0 else {
            self = .kernel(.system(.last("examine the file")))
            return
        }
        let owner = place.st_uid
        // Of an owner's rights the first bits tell, of anybody's the last; groups are not looked
        // up, and a file that only a group lets the store's owner read is none that can be linked.
        let readable = status.st_uid == owner ? S_IRUSR : S_IROTH
        if status.st_dev != place.st_dev {
            self = .otherFileSystem
        } else if status.st_uid != owner && status.st_uid != geteuid() {
            self = .foreign
        } else if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
            self = .writable
        } else if status.st_mode & readable == 0 {
            self = .unreadable
        } else {
            return nil
        }
    }

    /// The half of a sentence that people read.
    var description: String {
        switch self {
        case .otherFileSystem: "it lies on another file system than the store"
        case .foreign: "it belongs to another user, who could change it later"
        case .writable: "others than its owner may write it ('chmod go-w' takes that away)"
        case .unreadable: "the store's owner may not read it ('chmod o+r' allows it)"
        case .kernel(let error): "\(error)"
        }
    }
}

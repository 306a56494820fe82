internal import CLinux
internal import Glibc
package import POSIX

/// A program as it would run on a kernel that lacks something, or in a container that forbids it.
///
/// A script refuses system calls to itself and then becomes the program.
package enum LesserKernel {
    /// What is not there.
    package enum Lack: Sendable {
        /// Landlock, as in a kernel that was built without it.
        case landlock
        /// Making namespaces, as in most containers.
        case namespaces
        /// Filters of system calls.
        case filters

        /// The call, the code with which it fails, and maybe its first argument, as JSON.
        fileprivate var rule: String {
            switch self {
            case .landlock: #"{"call": \#(SYS_landlock_create_ruleset), "code": \#(ENOSYS)}"#
            case .namespaces: #"{"call": \#(SYS_unshare), "code": \#(EPERM)}"#
            case .filters:
                #"{"call": \#(SYS_prctl), "code": \#(EINVAL), "argument": \#(PR_SET_SECCOMP)}"#
            }
        }
    }

    /// Makes a program that is another one under a lesser kernel.
    ///
    /// - Parameters:
    ///   - program: The other program.
    ///   - lacks: What the kernel lacks.
    ///   - path: Where the new program is made.
    /// - Returns: `path`.
    /// - Throws: `SystemError` when it cannot be made.
    package static func program(
        _ program: String,
        without lacks: [Lack],
        at path: String
    ) throws(SystemError) -> String {
        let rules = lacks.map(\.rule).joined(separator: ", ")
        let text = #"{"program": "\#(program)", "rules": [\#(rules)]}"#
        try Files.replace("\(path).json", with: Array(text.utf8))
        // A link, not a file of our own: one that was just written cannot be executed as long as a
        // process that another test starts at this moment still has the descriptor.
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        guard symlink("/\(folder)/lesser-kernel", path) == 0 else {
            throw .last("link '\(path)'")
        }
        return path
    }
}

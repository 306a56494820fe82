internal import Glibc
internal import POSIX

/// A folder of a test's own that is removed with everything in it when the test lets it go.
package final class TemporaryFolder: Sendable {
    /// The folder.
    package let path: String

    /// Makes a folder.
    package init() {
        var template = Array("/tmp/baton-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(
            decoding: template.dropLast().map { UInt8(truncatingIfNeeded: $0) },
            as: UTF8.self
        )
    }

    deinit {
        Self.remove(path)
    }

    /// A path inside.
    ///
    /// - Parameter name: The name.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in Files.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

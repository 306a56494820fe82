internal import Glibc

/// Lines of a file that may be longer than memory.
package final class FileLines {
    /// Most bytes of a line.
    package static let longestLine = 1 << 20

    private let file: FileDescriptor
    private let path: String
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)
    private var position = 0
    private var end = 0

    /// Opens a file.
    ///
    /// - Parameter path: The file; "-" for the standard input.
    /// - Throws: `SystemError` when it cannot be opened.
    package init(_ path: String) throws(SystemError) {
        let number =
            path == "-"
            ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .last("open '\(path)'") }
        file = FileDescriptor(owning: number)
        self.path = path
    }

    /// The next line without its end; nil after the last one.
    ///
    /// - Throws: `SystemError`; `EFBIG` when the line is too long.
    package func next() throws(SystemError) -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if let index = chunk[position..<end].firstIndex(of: UInt8(ascii: "\n")) {
                line += chunk[position..<index]
                position = index + 1
                return line
            }
            line += chunk[position..<end]
            guard line.count <= Self.longestLine else {
                throw SystemError(code: EFBIG, operation: "read a line of '\(path)'")
            }
            guard try fill() else { return line.isEmpty ? nil : line }
        }
    }

    private func fill() throws(SystemError) -> Bool {
        while true {
            let count = unsafe Glibc.read(file.number, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("read '\(path)'")
            }
            (position, end) = (0, count)
            return count > 0
        }
    }
}

internal import Glibc
internal import POSIX

/// What an editor left in a file.
enum EditedText {
    /// Reads the text that is to be said.
    ///
    /// - Parameter path: The file.
    /// - Returns: The text, with `\n` between lines and no blank lines at its end.
    /// - Throws: `LineEditingError` when there is nothing, or it is no text.
    static func read(_ path: String) throws(LineEditingError) -> String {
        guard Files.isPlainFile(path) else { throw LineEditingError("the editor left no file") }
        let limit = ExternalEditor.longestText
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path, limit: limit)
        } catch {
            let isLong = error.code == EFBIG
            let long = "the text is longer than \(limit >> 10) KiB; give a file through a pipe"
            throw LineEditingError(isLong ? long : error.description)
        }
        guard let text = text(of: bytes) else {
            throw LineEditingError("what the editor left is no text in UTF-8")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw LineEditingError("the editor left nothing")
        }
        return text
    }

    private static func text(of bytes: [UInt8]) -> String? {
        // Some editors mark UTF-8 at the start.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
        guard !content.contains(0), let text = String(validating: content, as: UTF8.self) else {
            return nil
        }
        // A character of its own in Swift.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        let last = lines.lastIndex { $0.contains { !$0.isWhitespace } } ?? 0
        return lines.prefix(last + 1).joined(separator: "\n")
    }
}

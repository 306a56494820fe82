/// A text file of the repository, named by its path from the root.
struct SourceFile: Sendable {
    let path: String
    let text: String
    /// The lines as they are.
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The file's name without folders.
    var name: Substring { path.split(separator: "/").last ?? "" }

    /// What follows the last dot of the name; empty without one.
    var suffix: Substring {
        guard let dot = name.lastIndex(of: ".") else { return "" }
        return name[name.index(after: dot)...]
    }

    var isSwift: Bool { suffix == "swift" }
    var isC: Bool { ["c", "h", "cpp", "hpp", "modulemap"].contains(suffix) }
    var isMarkdown: Bool { suffix == "md" }

    /// Whether the file is run or sourced by a shell.
    var isShell: Bool {
        guard let first = lines.first else { return false }
        let isScript = first.hasPrefix("#!") && first.hasSuffix("sh")
        return isScript || first.hasPrefix("# shellcheck shell=") || suffix == "sh"
    }
}

/// A place where a rule of the repository is broken, and what to do about it.
struct Violation: Equatable, CustomStringConvertible {
    let file: String
    /// Counted from 1.
    let line: Int
    let message: String

    var description: String { "\(file):\(line): \(message)" }
}

extension SourceFile {
    /// Applies a check to every line, and says where it found something.
    ///
    /// - Parameters:
    ///   - lines: The lines to look at; the file's own or a blanked copy of them.
    ///   - check: Gets one line; returns what is wrong with it, or nil.
    /// - Returns: The violations, in order.
    func violations<Line: StringProtocol>(
        in lines: [Line],
        where check: (Line) -> String?
    ) -> [Violation] {
        lines.enumerated().compactMap { index, line in
            check(line).map { Violation(file: path, line: index + 1, message: $0) }
        }
    }
}

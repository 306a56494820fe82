/// Rules about a file's text: its length and words that must not be in it.
enum TextRules {
    static let longest = 400
    static let longestReadme = 150

    // Written in pieces, or this file would break its own rules.
    private static let openEnds = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
    private static let privatePaths = ["/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/"]

    static func tooLong(_ file: SourceFile) -> [Violation] {
        guard file.isSwift || file.isC || file.isShell || file.name == "Makefile" else { return [] }
        let count = lineCount(of: file)
        let isTable = file.lines.contains { $0.trimmed.hasPrefix("// Table:") }
        guard count > longest, !isTable else { return [] }
        let message = "has \(count) lines, \(longest) are the most; split it by idea"
        return [Violation(file: file.path, line: longest + 1, message: message)]
    }

    static func tooLongReadme(_ file: SourceFile) -> [Violation] {
        let count = lineCount(of: file)
        guard file.path == "README.md", count > longestReadme else { return [] }
        let message = "has \(count) lines, \(longestReadme) are the most; move detail to docs"
        return [Violation(file: file.path, line: longestReadme + 1, message: message)]
    }

    static func openEnds(in file: SourceFile) -> [Violation] {
        file.violations(in: file.lines) { line in
            openEnds.first(where: line.containsWord).map {
                "has a \($0); finish it or leave it out"
            }
        }
    }

    static func privatePaths(in file: SourceFile) -> [Violation] {
        file.violations(in: file.lines) { line in
            privatePaths.first { line.contains($0) }.map { "names \($0), a path of one machine" }
        }
    }

    static func unsafeShell(_ file: SourceFile) -> [Violation] {
        guard file.isShell, !file.lines.contains("set -euo pipefail") else { return [] }
        let message = "lacks \"set -euo pipefail\""
        return [Violation(file: file.path, line: 1, message: message)]
    }

    private static func lineCount(of file: SourceFile) -> Int {
        file.text.hasSuffix("\n") ? file.lines.count - 1 : file.lines.count
    }
}

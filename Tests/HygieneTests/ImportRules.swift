/// What a Swift file imports.
struct Import: Equatable {
    let module: String
    /// Counted from 1.
    let line: Int
}

/// Rules about single imports, whatever the target.
enum ImportRules {
    /// Modules that cost memory, start-up time or a second thread pool in every process.
    static let forbidden: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationNetworking", "XCTest",
    ]
    /// Paths that may import what is forbidden to all others; each with its reason beside it.
    static let allowed: Set<String> = []

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private",
    ]
    private static let kinds: Set<Substring> = [
        "actor", "class", "enum", "func", "let", "protocol", "struct", "typealias", "var",
    ]

    /// Every import of a Swift file.
    static func imports(in file: SourceFile) -> [Import] {
        CodeText.lines(of: file).enumerated().compactMap { index, line in
            module(in: line).map { Import(module: $0, line: index + 1) }
        }
    }

    static func forbiddenImports(in file: SourceFile) -> [Violation] {
        guard file.isSwift, !allowed.contains(file.path) else { return [] }
        return imports(in: file).filter { forbidden.contains($0.module) }.map {
            Violation(
                file: file.path,
                line: $0.line,
                message: "imports \($0.module); use Glibc through POSIX, or our own modules"
            )
        }
    }

    /// The module that a line of code imports, or nil.
    private static func module(in line: String) -> String? {
        guard line.containsWord("import") else { return nil }
        var words = line.split(separator: " ")[...]
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) {
            words.removeFirst()
        }
        guard words.popFirst() == "import" else { return nil }
        if let word = words.first, kinds.contains(word) { words.removeFirst() }
        return words.first?.prefix { $0 != "." && $0 != ";" }.description
    }
}

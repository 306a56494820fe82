/// Constructs that turn a check of the compiler off, or start work that nobody awaits, need a comment
/// that says why they are sound.
enum JustificationRules {
    private static let constructs = [
        "@unchecked Sendable", "nonisolated(unsafe)", "try!", "fatalError(", "Task {",
        "Task.detached", "Task.immediate", "Task(",
    ]
    /// How far above the comment may be.
    private static let reach = 2

    static func unexplained(in file: SourceFile) -> [Violation] {
        guard file.isSwift else { return [] }
        let code = CodeText.lines(of: file)
        return code.indices.compactMap { index in
            guard let found = constructs.first(where: code[index].containsWord) else { return nil }
            let above = file.lines[max(0, index - reach)..<index]
            guard !above.contains(where: { $0.trimmed.hasPrefix("//") }) else { return nil }
            return Violation(
                file: file.path,
                line: index + 1,
                message: "\"\(found)\" needs a comment directly above that says why it is sound"
            )
        }
    }
}

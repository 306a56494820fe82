/// Every environment variable of ours is documented, and every documented one is used.
enum EnvironmentRules {
    static let document = "docs/environment.md"

    private static let prefix = Array("BATON_".utf8)

    /// The variables that a text names, each with its first line, counted from 1.
    static func names(in file: SourceFile) -> [String: Int] {
        var found: [String: Int] = [:]
        for (index, line) in file.lines.enumerated() where line.contains("BATON_") {
            for name in names(in: Array(line.utf8)) where found[name] == nil {
                found[name] = index + 1
            }
        }
        return found
    }

    /// Whether the names in a file are variables that somebody can set.
    static func isUser(_ file: SourceFile) -> Bool {
        // Capital names in C are include guards and macros.
        let trees = [
            ".ci/", "Benchmarks/", "Fuzz/", "Makefile", "Scripts/", "Sources/", "packaging/",
        ]
        return !file.isC && trees.contains(where: file.path.hasPrefix)
    }

    static func undocumented(in file: SourceFile, document: SourceFile) -> [Violation] {
        guard isUser(file) else { return [] }
        let documented = names(in: document)
        return names(in: file).filter { documented[$0.key] == nil }
            .map { Violation(file: file.path, line: $0.value, message: missing($0.key)) }
            .sorted { $0.line < $1.line }
    }

    static func unused(in document: SourceFile, users: [SourceFile]) -> [Violation] {
        let used = users.filter(isUser).reduce(into: Set<String>()) {
            $0.formUnion(names(in: $1).keys)
        }
        return names(in: document).filter { !used.contains($0.key) }
            .map {
                Violation(file: document.path, line: $0.value, message: "nothing reads \($0.key)")
            }
            .sorted { $0.line < $1.line }
    }

    private static func missing(_ name: String) -> String {
        "\(name) is not in \(document)"
    }

    private static func names(in line: [UInt8]) -> [String] {
        let words = line.split { !$0.isWordByte }
        return words.filter { word in
            word.starts(with: prefix) && word.count > prefix.count
                && !word.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        }.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Links between documents lead somewhere.
enum LinkRules {
    /// The links of a document to files that do not exist.
    ///
    /// Anchors are not followed, and code, fenced or inline, holds no links.
    ///
    /// - Parameters:
    ///   - file: A document; others hold no links.
    ///   - exists: Tells whether a path from the root is there.
    /// - Returns: The broken links, in order.
    static func broken(in file: SourceFile, exists: (String) -> Bool) -> [Violation] {
        guard file.isMarkdown else { return [] }
        let folder = file.path.split(separator: "/").dropLast()
        return withoutCode(file.lines).enumerated().flatMap { index, line in
            targets(in: line).compactMap { target in
                guard let path = resolve(target, from: folder), !exists(path) else { return nil }
                let message = "links to \(target), which is not there"
                return Violation(file: file.path, line: index + 1, message: message)
            }
        }
    }

    /// What stands in parentheses after a closing bracket.
    private static func targets(in line: String) -> [Substring] {
        let parts = line.split(separator: "](", omittingEmptySubsequences: false)
        return parts.dropFirst().compactMap { part in
            part.split(separator: ")", omittingEmptySubsequences: false).first?
                .split(separator: " ").first
        }
    }

    /// The path from the root, or nil when the link leaves the repository.
    private static func resolve(_ target: Substring, from folder: ArraySlice<Substring>) -> String?
    {
        let leaves = target.contains("://") || target.hasPrefix("mailto:") || target.hasPrefix("#")
        guard !leaves else { return nil }
        var path = target.hasPrefix("/") ? [] : Array(folder)
        for part in target.prefix(while: { $0 != "#" }).split(separator: "/") where part != "." {
            if part == ".." { _ = path.popLast() } else { path.append(part) }
        }
        return path.joined(separator: "/")
    }

    private static func withoutCode(_ lines: [Substring]) -> [String] {
        var isFenced = false
        return lines.map { line in
            if line.trimmed.hasPrefix("```") {
                isFenced.toggle()
                return ""
            }
            guard !isFenced else { return "" }
            let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
            return pieces.enumerated().filter { $0.offset.isMultiple(of: 2) }
                .map { String($0.element) }.joined(separator: " ")
        }
    }
}

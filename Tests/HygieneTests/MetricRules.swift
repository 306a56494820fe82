/// Every metric is documented, and what shows metrics names those that exist.
enum MetricRules {
    static let document = "docs/monitoring.md"
    static let dashboard = "packaging/grafana/baton.json"

    private static let prefix = Array("baton_".utf8)
    /// Series that a histogram has beside its name.
    private static let endings = ["_bucket", "_sum", "_count"]

    /// The metrics that the sources register, each with its place.
    static func registered(in file: SourceFile) -> [(name: String, line: Int)] {
        guard file.path.hasPrefix("Sources/") else { return [] }
        return file.lines.enumerated().flatMap { index, line in
            names(in: line, quoted: true).map { ($0, index + 1) }
        }
    }

    /// Metrics that the document does not explain.
    static func undocumented(in file: SourceFile, document: SourceFile) -> [Violation] {
        let documented = Set(document.lines.flatMap { names(in: $0, quoted: false) })
        return registered(in: file).filter { !documented.contains($0.name) }.map {
            Violation(
                file: file.path,
                line: $0.line,
                message: "\($0.name) is not in \(document.path)"
            )
        }
    }

    /// Metrics that a text names and nothing registers.
    static func unknown(in file: SourceFile, known: Set<String>) -> [Violation] {
        file.lines.enumerated().flatMap { index, line in
            names(in: line, quoted: false).filter { !known.contains($0) }.map {
                Violation(file: file.path, line: index + 1, message: "there is no metric \($0)")
            }
        }
    }

    private static func names(in line: some StringProtocol, quoted: Bool) -> [String] {
        guard line.contains("baton_") else { return [] }
        let bytes = Array(line.utf8)
        return bytes.split { !$0.isWordByte }.filter { word in
            guard word.starts(with: prefix), word.count > prefix.count else { return false }
            return !quoted
                || word.startIndex > 0
                    && bytes[word.startIndex - 1] == UInt8(ascii: "\"")
        }.map { word in
            let name = String(decoding: word, as: UTF8.self)
            let ending = endings.first(where: name.hasSuffix)
            return String(name.dropLast(ending?.count ?? 0))
        }
    }
}

extension Modelfile {
    /// The text: one instruction after another, each ending its line.
    ///
    /// Reading it gives the same instructions, provided that each value `isWritable`.
    package var text: String { instructions.map { "\($0)\n" }.joined() }

    /// Whether a value can be written so that reading gives it back.
    ///
    /// The language has no way to write a value of several lines when one of them ends with three
    /// quotation marks; then what is written ends there.
    ///
    /// - Parameter value: The value.
    /// - Complexity: O(length).
    package static func isWritable(_ value: String) -> Bool {
        isWhole(written(value))
    }

    /// A value as it can be read again.
    ///
    /// Bare where that is the same, else in quotation marks, in three where there are some inside.
    static func written(_ value: String) -> String {
        let scalars = value.unicodeScalars
        let isBare =
            !scalars.contains { $0 == "\n" || $0 == "\r" } && scalars.first != "\""
            && scalars.first?.properties.isWhitespace == false
            && scalars.last?.properties.isWhitespace == false
        if isBare { return value }
        let mark = scalars.contains("\"") ? "\"\"\"" : "\""
        return mark + value + mark
    }

    /// Whether what is written ends at its last line and not earlier.
    private static func isWhole(_ written: String) -> Bool {
        // By code points: a mark with an accent is a mark to the reader.
        let first = written.unicodeScalars.prefix(3).prefix { $0 == "\"" }.count
        guard first > 0 else { return true }
        let width = first == 3 ? 3 : 1
        // Of what was seen without blanks at its end: its length, and the marks in a row there.
        var (length, marks) = (0, 0)
        var previous: Unicode.Scalar?
        for (index, scalar) in written.unicodeScalars.enumerated() {
            if scalar == "\n" || scalar == "\r" {
                if marks >= width, length >= 2 * width { return false }
            } else if !scalar.properties.isWhitespace {
                marks = scalar == "\"" ? (previous == "\"" ? marks + 1 : 1) : 0
                length = index + 1
            }
            previous = scalar
        }
        return true
    }
}

extension Modelfile.Instruction: CustomStringConvertible {
    /// The instruction as a text that can be read again.
    package var description: String {
        let value = Modelfile.written
        return switch self {
        case .from(let source): "FROM \(value(source))"
        case .adapter(let path): "ADAPTER \(value(path))"
        case .draft(let path): "DRAFT \(value(path))"
        case .template(let text): "TEMPLATE \(value(text))"
        case .system(let text): "SYSTEM \(value(text))"
        case .license(let text): "LICENSE \(value(text))"
        case .renderer(let name): "RENDERER \(value(name))"
        case .parser(let name): "PARSER \(value(name))"
        case .requires(let version): "REQUIRES \(value(version))"
        case .parameter(let name, let text): "PARAMETER \(name) \(value(text))"
        case .message(let role, let content): "MESSAGE \(role) \(value(content))"
        }
    }
}

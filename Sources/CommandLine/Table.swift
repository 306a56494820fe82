/// Rows in aligned columns.
package struct Table: Sendable {
    /// How the cells of a column stand.
    package enum Alignment: Sendable {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private let gap: Int
    private var rows: [[String]] = []

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - columns: Titles and alignments.
    ///   - gap: Blanks between two columns.
    package init(_ columns: [(String, Alignment)], gap: Int = 2) {
        self.gap = gap
        self.columns = columns.map { (title: $0.0, alignment: $0.1) }
    }

    /// Adds a row.
    ///
    /// - Parameter cells: One for each column; line breaks become spaces.
    package mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map { Self.isPlain($0) ? $0 : Self.oneLine($0) })
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Whether a text has nothing but printed ASCII: most have, and are by far the quickest to handle.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    /// The table as lines, blanks between columns, nothing at the end of a line.
    ///
    /// Each character counts as one column wide, escape sequences as none.
    ///
    /// - Parameter terminal: Decides whether titles are bold.
    package func rendered(for terminal: Terminal) -> String {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in
            all.map { Self.width($0[column]) }.max() ?? 0
        }
        var text = ""
        for (index, row) in all.enumerated() {
            let cells = row.indices.map { column -> String in
                let gap = String(repeating: " ", count: widths[column] - Self.width(row[column]))
                let cell = index == 0 ? terminal.styled(row[column], .bold) : row[column]
                return columns[column].alignment == .left ? cell + gap : gap + cell
            }
            var line = cells.joined(separator: String(repeating: " ", count: gap))
            while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
            text += line + "\n"
        }
        return text
    }

    private static func width(_ text: String) -> Int {
        if isPlain(text) { return text.utf8.count }
        var width = 0
        var inEscape = false
        for character in text {
            if character == "\u{1B}" {
                inEscape = true
            } else if inEscape {
                inEscape = !character.isLetter
            } else {
                width += 1
            }
        }
        return width
    }
}

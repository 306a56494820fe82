internal import CEdit
internal import Glibc

/// Where a terminal puts the characters of a line that is edited.
///
/// DESIGN. A terminal that changes its width joins the rows of a long line and breaks it anew. It joins
/// only rows that were filled to the last column, and libedit, when it draws a whole line, leaves out
/// blanks at the end of a row. So a row that ended in a blank stays a line of its own.
enum LineLayout {
    /// What was drawn as a whole, prompt included, and in how many columns.
    struct Drawing {
        let text: String
        let columns: Int
    }

    /// The row of what comes after a text, counted from the one on which the prompt begins.
    ///
    /// - Parameters:
    ///   - text: The prompt, and the part of the line before the cursor.
    ///   - columns: Columns of the window.
    ///   - drawing: What was drawn last; the rest was typed.
    static func row(after text: String, columns: Int, drawing: Drawing? = nil) -> Int {
        let drawn = drawing.map { Array($0.text.unicodeScalars) } ?? []
        var (now, then) = (Position(columns: columns), Position(columns: drawing?.columns ?? .max))
        var isDrawn = true
        for (index, scalar) in text.unicodeScalars.enumerated() {
            isDrawn = isDrawn && index < drawn.count && drawn[index] == scalar
            let row = then.row
            then.advance(over: scalar)
            if isDrawn, scalar == " ", then.row > row {
                // Unless the terminal is in a new row by itself.
                if now.column > 0 { now.advance(over: "\n") }
            } else {
                now.advance(over: scalar)
            }
        }
        return now.row
    }

    private struct Position {
        let columns: Int
        var row = 0
        var column = 0

        init(columns: Int) { self.columns = columns }

        mutating func advance(over scalar: Unicode.Scalar) {
            if scalar == "\n" {
                (row, column) = (row + 1, 0)
                return
            }
            let width = width(of: scalar)
            // A wide character is never cut in two.
            if column + width > columns { (row, column) = (row + 1, 0) }
            column += width
            // The cursor never stays behind the last column.
            if column >= columns { (row, column) = (row + 1, 0) }
        }

        /// Columns that libedit gives to a character.
        private func width(of scalar: Unicode.Scalar) -> Int {
            if scalar == "\t" { return 8 - column % 8 }
            let columns = edit_width(wchar_t(bitPattern: scalar.value))
            // Others are shown as a caret and a letter.
            return columns < 0 ? 2 : Int(columns)
        }
    }
}

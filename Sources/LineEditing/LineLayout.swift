internal import CEdit
internal import Glibc

/// Where a terminal puts the characters of a line that is edited.
enum LineLayout {
    /// The row of what comes after a text, counted from the one on which the prompt begins.
    ///
    /// - Parameters:
    ///   - prompt: What stands before the text.
    ///   - text: The part of the line before the cursor.
    ///   - columns: Columns of the window.
    static func row(after prompt: String, _ text: String, columns: Int) -> Int {
        var (row, column) = (0, 0)
        for scalar in (prompt + text).unicodeScalars {
            if scalar == "\n" {
                (row, column) = (row + 1, 0)
                continue
            }
            let width = width(of: scalar, at: column)
            // A wide character is never cut in two.
            if column + width > columns { (row, column) = (row + 1, 0) }
            column += width
            // The cursor never stays behind the last column.
            if column >= columns { (row, column) = (row + 1, 0) }
        }
        return row
    }

    /// Columns that libedit gives to a character.
    private static func width(of scalar: Unicode.Scalar, at column: Int) -> Int {
        if scalar == "\t" { return 8 - column % 8 }
        let columns = edit_width(wchar_t(bitPattern: scalar.value))
        // Others are shown as a caret and a letter.
        return columns < 0 ? 2 : Int(columns)
    }
}

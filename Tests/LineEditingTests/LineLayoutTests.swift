import Glibc
import Testing

@testable import LineEditing

@Suite struct LineLayoutTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let columns: Int
        let row: Int

        var testDescription: String { "\(text.debugDescription) in \(columns) columns" }
    }

    // The prompt takes four columns.
    private static let cases = [
        Case(text: "", columns: 10, row: 0),
        Case(text: "12345", columns: 10, row: 0),
        Case(text: "123456", columns: 10, row: 1),
        Case(text: "1234567890123456", columns: 10, row: 2),
        Case(text: "a\nb\n", columns: 10, row: 2),
        Case(text: "123456\nb", columns: 10, row: 2),
        Case(text: "\ta", columns: 10, row: 0),
        Case(text: "\t12", columns: 10, row: 1),
        Case(text: "漢漢", columns: 10, row: 0),
        Case(text: "1漢漢漢", columns: 10, row: 1),
        Case(text: "\u{1}23456", columns: 10, row: 1),
    ]

    @Test(arguments: cases)
    func knowsTheCursorsRow(_ example: Case) {
        _ = setlocale(LC_CTYPE, "C.UTF-8")
        let row = LineLayout.row(after: ">>> " + example.text, columns: example.columns)
        #expect(row == example.row)
    }

    @Test(arguments: [
        // Drawn in rows of ten columns, of which the first ends in a blank, or does not.
        (">>> 12345 7", ">>> 12345 7", 100, 1), (">>> 123456 8", ">>> 123456 8", 100, 0),
        (">>> 12345 7", ">>> 12345 789 123456", 100, 1),
        // What was changed since was drawn otherwise.
        (">>> 12345 7", ">>> 1234x 7", 100, 0), (">>> 12345 7", ">>> 12345 7", 5, 2),
        (">>> 12345 7", ">>> 12345 7", 9, 1),
    ])
    func rowsThatEndedInABlankStayApart(drawn: String, text: String, columns: Int, row: Int) {
        let drawing = LineLayout.Drawing(text: drawn, columns: 10)
        #expect(LineLayout.row(after: text, columns: columns, drawing: drawing) == row)
    }
}

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
        let row = LineLayout.row(after: ">>> ", example.text, columns: example.columns)
        #expect(row == example.row)
    }
}

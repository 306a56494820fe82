import Testing

@testable import ModelCommands

@Suite struct WordWrapTests {
    /// What a terminal shows after it was written to, piece by piece.
    private func screen(_ pieces: [String], columns: Int?) -> [String] {
        var wrap = WordWrap(columns: columns)
        var screen = FakeScreen()
        for piece in pieces { screen.write(wrap.write(piece)) }
        return screen.lines
    }

    @Test func breaksBetweenWords() {
        let text = "the quick brown fox jumps over the lazy dog"
        let lines = ["the quick brown", "fox jumps over", "the lazy dog"]
        #expect(screen([text], columns: 20).map(Self.trimmed) == lines)
        #expect(screen(text.map { String($0) }, columns: 20).map(Self.trimmed) == lines)
    }

    @Test func noLineIsLongerThanItMayBe() {
        let words = (0..<200).map { String(repeating: "abcdefgh", count: $0 % 7 + 1) }
        for columns in [10, 17, 40, 80] {
            for line in screen([words.joined(separator: " ")], columns: columns) {
                #expect(line.count <= columns - 5, "\(line)")
            }
        }
    }

    @Test func losesNothing() {
        let text = "aaa bbb ccc ddd eee fff ggg hhh iii jjj kkkkkkkkkkkkkkkkkkkkkkkkkkkk lll"
        let joined = screen([text], columns: 16).joined()
        #expect(joined.filter { $0 != " " } == text.filter { $0 != " " })
    }

    @Test func breaksWordsLongerThanALine() {
        #expect(
            screen(["abcdefghijklmnopqrstuvwxyz"], columns: 15)
                == ["abcdefghij", "klmnopqrst", "uvwxyz"]
        )
    }

    @Test func breaksBetweenWideCharacters() {
        #expect(screen(["漢字漢字漢字漢字"], columns: 11) == ["漢字漢", "字漢字", "漢字"])
    }

    @Test func keepsLinesThatHaveTheirOwnEnds() {
        #expect(screen(["one\ntwo\n\nthree"], columns: 40) == ["one", "two", "", "three"])
    }

    @Test func leavesNarrowTerminalsAndFilesAlone() {
        let text = String(repeating: "word ", count: 40)
        #expect(screen([text], columns: nil) == [text])
        #expect(screen([text], columns: 9) == [text])
    }

    private static func trimmed(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }
}

/// As much of a terminal as breaking lines needs: characters, ends of lines, going back, clearing.
struct FakeScreen {
    private(set) var lines = [""]
    private var column = 0

    mutating func write(_ text: String) {
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\n":
                lines.append("")
                column = 0
            case "\u{1B}":
                let number = rest.dropFirst().prefix { $0.isNumber }
                rest = rest.dropFirst(1 + number.count)
                switch rest.popFirst() {
                case "D": column -= Int(number) ?? 1
                case "K": lines[lines.count - 1] = String(lines[lines.count - 1].prefix(column))
                default: Issue.record("an unknown sequence")
                }
            default:
                var line = Array(lines[lines.count - 1])
                if column < line.count { line[column] = character } else { line.append(character) }
                lines[lines.count - 1] = String(line)
                column += 1
            }
        }
    }
}

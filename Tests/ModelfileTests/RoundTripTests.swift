import Modelfile
import Randomness
import Testing

/// What is written is what is read.
@Suite struct RoundTripTests {
    /// Pieces of which values are made, so that marks and ends of lines meet often.
    private static let pieces = [
        "\"", "\"\"", "\"\"\"", "\n", "\r", "\r\n", " ", "\t", "a", "#", "'", "\\", "FROM x", "é",
        "\u{A0}", "\u{301}", "\u{1F600}", "\u{0}", "\u{FEFF}", "\u{2028}", "{{ .Prompt }}",
    ]

    private static func value(_ numbers: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...8, using: &numbers)).map { _ in
            pieces.randomElement(using: &numbers) ?? ""
        }.joined()
    }

    private static func instruction(
        _ kind: Int,
        _ value: String
    ) -> Modelfile.Instruction {
        switch kind {
        case 0: .from(value)
        case 1: .adapter(value)
        case 2: .draft(value)
        case 3: .template(value)
        case 4: .system(value)
        case 5: .license(value)
        case 6: .renderer(value)
        case 7: .parser(value)
        case 8: .requires(value)
        case 9: .parameter(name: "stop", value: value)
        case 10: .message(role: "user", content: value)
        default: .message(role: "assistant", content: value)
        }
    }

    @Test(arguments: 0..<20)
    func writtenAndReadItIsTheSame(seed: UInt64) throws {
        var numbers = SeededGenerator(seed: seed)
        var (written, left) = (0, 0)
        for _ in 0..<100 {
            var list: [Modelfile.Instruction] = [.from("m")]
            for _ in 0..<3 {
                let value = Self.value(&numbers)
                let kind = Int.random(in: 0...11, using: &numbers)
                let isWritable = Modelfile.isWritable(value)
                let alone = Modelfile([.from("m"), Self.instruction(kind, value)])
                let read = try? Modelfile(parsing: Array(alone.text.utf8))
                // Neither more nor less than what it says.
                #expect((Self.bytes(read) == Self.bytes(alone)) == isWritable, "\(alone.text)")
                if isWritable { list.append(Self.instruction(kind, value)) }
                if isWritable { written += 1 } else { left += 1 }
            }
            let file = Modelfile(list)
            let read = try Modelfile(parsing: Array(file.text.utf8))
            #expect(Self.bytes(read) == Self.bytes(file))
        }
        #expect(left > 0 && written > 20 * left)
    }

    /// Texts as code points: to Swift texts are the same that differ in how letters are composed.
    private static func bytes(_ file: Modelfile?) -> [[UInt8]]? {
        file?.instructions.map { Array("\($0)".utf8) }
    }

    @Test func noInputDoesAnythingButBeReadOrRefused() {
        var numbers = SeededGenerator(seed: 1)
        let words = Self.pieces + ["FROM ", "SYSTEM ", "PARAMETER ", "MESSAGE user ", "# "]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...30, using: &numbers)
            var bytes = (0..<count).flatMap { _ in
                Array((words.randomElement(using: &numbers) ?? "").utf8)
            }
            if Bool.random(using: &numbers), !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = .random(
                    in: 0...255,
                    using: &numbers
                )
            }
            guard let file = try? Modelfile(parsing: bytes) else { continue }
            // What was read was written by somebody, so it can be written.
            let again = try? Modelfile(parsing: Array(file.text.utf8))
            #expect(Self.bytes(again) == Self.bytes(file))
        }
    }
}

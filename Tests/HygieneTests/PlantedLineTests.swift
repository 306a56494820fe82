import Testing

/// Each rule about single lines finds a planted violation and lets the good twin pass.
struct PlantedLineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let rule: @Sendable (SourceFile) -> [Violation]
        let path: String
        let bad: String
        /// The line that is reported for `bad`, counted from 1.
        let line: Int
        let good: String

        var testDescription: String { name }
    }

    @Test(arguments: cases)
    func findsWhatIsPlanted(_ planted: Case) {
        let bad = SourceFile(path: planted.path, text: planted.bad)
        #expect(planted.rule(bad).map(\.line) == [planted.line])
        #expect(planted.rule(bad).first?.description.hasPrefix("\(planted.path):") == true)
        #expect(planted.rule(SourceFile(path: planted.path, text: planted.good)) == [])
    }

    private static let swift = "Sources/A/A.swift"

    private static let cases = [
        Case(
            name: "forbidden import",
            rule: ImportRules.forbiddenImports,
            path: swift,
            bad: "import Glibc\nimport Foundation\n",
            line: 2,
            good: "// import Foundation\nlet text = \"import Foundation\"\n"
        ),
        Case(
            name: "forbidden import with attribute, access and kind",
            rule: ImportRules.forbiddenImports,
            path: swift,
            bad: "@preconcurrency internal import struct FoundationEssentials.Date\n",
            line: 1,
            good: "@preconcurrency internal import struct Dates.FoundationEssentials\n"
        ),
        Case(
            name: "open end",
            rule: TextRules.openEnds,
            path: "Scripts/a",
            bad: "a\n# TO" + "DO: b\n",
            line: 2,
            good: "mktemp a.XX" + "XX\n"
        ),
        Case(
            name: "path of one machine",
            rule: TextRules.privatePaths,
            path: "docs/a.md",
            bad: "see /ho" + "me/a/b\n",
            line: 1,
            good: "see ~/b\n"
        ),
        Case(
            name: "unchecked Sendable",
            rule: JustificationRules.unexplained,
            path: swift,
            bad: "// Far away.\nlet a = 1\nlet b = 2\nfinal class C: @unchecked Sendable {}\n",
            line: 4,
            good: "// Immutable after init.\n@safe\nfinal class C: @unchecked Sendable {}\n"
        ),
        Case(
            name: "task that nobody owns",
            rule: JustificationRules.unexplained,
            path: swift,
            bad: "func a() {\n    Task { await b() }\n}\n",
            line: 2,
            good:
                "func a() {\n    // Ends with its process.\n    Task { await b() }\n    subTask {}\n}\n"
        ),
        Case(
            name: "forced try",
            rule: JustificationRules.unexplained,
            path: swift,
            bad: "let a = try! b()\n",
            line: 1,
            good: "let a = \"try! b()\"  // try! harder\n"
        ),
        Case(
            name: "broken link",
            rule: { LinkRules.broken(in: $0, exists: { $0 == "docs/there.md" }) },
            path: "docs/api/a.md",
            bad: "[a](../there.md#b)\n[b](../absent.md)\n",
            line: 2,
            good:
                "[a](https://b.c/d.md) `[b](c.md)` [d](#e)\n```\n[f](g.md)\n```\n[h](/docs/there.md)\n"
        ),
    ]
}

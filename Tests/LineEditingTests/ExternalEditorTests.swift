import POSIX
import TestKit
import Testing

@testable import LineEditing

/// What the tests on a terminal in `Tests/Clients` do not reach.
@Suite struct ExternalEditorTests {
    private func editor(
        _ variables: [String: String],
        _ programs: Set<String> = ["nano", "code", "vi"]
    ) throws -> ExternalEditor {
        try ExternalEditor(
            variable: { variables[$0] },
            program: { programs.contains($0) ? "/usr/bin/\($0)" : nil }
        )
    }

    private func complaint(_ variables: [String: String]) -> String? {
        do {
            _ = try editor(variables)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func theFirstVariableThatIsSetCounts() throws {
        var variables = ["EDITOR": "nano"]
        #expect(try editor(variables).name == "nano")
        variables["VISUAL"] = "code --wait"
        #expect(try editor(variables).name == "code")
        variables["OLLAMA_EDITOR"] = "vi"
        #expect(try editor(variables).name == "vi")
        variables["OLLAMA_EDITOR"] = " "
        #expect(try editor(variables).name == "code")
    }

    @Test func saysWhatIsMissing() {
        #expect(complaint([:]) == "no editor is named; set EDITOR, such as EDITOR=nano")
        #expect(complaint(["VISUAL": "'vi"]) == "VISUAL lacks a closing quotation mark")
        #expect(
            complaint(["EDITOR": "ed -s"]) == "there is no program 'ed', which EDITOR names"
        )
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let text: String?

        init(_ text: String, _ result: String?) {
            (bytes, self.text) = (Array(text.utf8), result)
        }

        init(_ bytes: [UInt8]) { (self.bytes, text) = (bytes, nil) }

        var testDescription: String { "\(bytes.prefix(20))" }
    }

    private static let left = [
        Case("one\n", "one"), Case("one", "one"), Case("one\n\n \n", "one"),
        Case("\n one\ntwo\n", "\n one\ntwo"), Case("one\r\ntwo\r\n", "one\ntwo"),
        Case("\u{FEFF}one\n", "one"), Case("\ttabs\there\n", "\ttabs\there"),
        Case("", nil), Case(" \n\n", nil), Case([0x61, 0, 0x62]), Case([0xFF, 0xFE, 0x61]),
        Case(String(repeating: "a", count: 256 << 10), String(repeating: "a", count: 256 << 10)),
        Case(String(repeating: "a", count: (256 << 10) + 1), nil),
    ]

    @Test(arguments: left)
    func takesTextAlone(_ example: Case) throws {
        let folder = TemporaryFolder()
        let file = folder.file("text")
        try Files.replace(file, with: example.bytes)
        #expect((try? EditedText.read(file)) == example.text)
    }

    @Test func takesFilesAlone() {
        let folder = TemporaryFolder()
        #expect(throws: LineEditingError("the editor left no file")) {
            try EditedText.read(folder.file("nothing"))
        }
        #expect(throws: LineEditingError("the editor left no file")) {
            try EditedText.read(folder.path)
        }
    }
}

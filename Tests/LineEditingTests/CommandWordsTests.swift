import Testing

@testable import LineEditing

@Suite struct CommandWordsTests {
    @Test(arguments: [
        ("nano", ["nano"]),
        ("  code   --wait ", ["code", "--wait"]),
        ("'/opt/my editor/ed' -n", ["/opt/my editor/ed", "-n"]),
        ("emacs --eval=\"(setq a 'b)\"", ["emacs", "--eval=(setq a 'b)"]),
        ("vi ''", ["vi", ""]),
        ("vi; rm -rf $HOME `id` ~ \\ |", ["vi;", "rm", "-rf", "$HOME", "`id`", "~", "\\", "|"]),
        ("", []),
    ])
    func splitsAtBlanksAlone(text: String, words: [String]) {
        #expect(CommandWords.split(text) == words)
    }

    @Test(arguments: ["'vi", "vi \"a' b"])
    func aMarkMustBeClosed(text: String) {
        #expect(CommandWords.split(text) == nil)
    }
}

import Testing

@testable import LanguagePipeline

@Suite struct StreamFilterTests {
    private static func pieces(_ text: String, of size: Int) -> [String] {
        let scalars = Array(text.unicodeScalars)
        return stride(from: 0, to: scalars.count, by: size).map { start in
            var piece = String.UnicodeScalarView()
            piece.append(contentsOf: scalars[start..<min(start + size, scalars.count)])
            return String(piece)
        }
    }

    @Test(
        arguments: [
            (["<end>"], "hello<end>more", "hello", "<end>"), (["<end>"], "a<en b<", "a<en b<", nil),
            (["\n\n", "User:"], "one\ntwo User: x", "one\ntwo ", "User:"), ([], "any", "any", nil),
            ([""], "any", "any", nil), (["aab"], "aaaab", "aa", "aab"),
            (["é", "日本"], "x日y日本", "x日y", "日本"),
            (["stop", "stopped"], "a stopped", "a ", "stop"),
            (["abcd", "bc"], "xabcx", "xa", "bc"), (["abcd", "bc"], "xabcd", "x", "abcd"),
            (["abcd", "bc"], "xabc", "xa", "bc"), (["abcd", "bcx", "c"], "abcx", "a", "bcx"),
        ] as [([String], String, String, String?)]
    )
    func stopTextsNeverLeak(stops: [String], text: String, shown: String, stop: String?) {
        for size in 1...max(text.unicodeScalars.count, 1) {
            var filter = StopFilter(stops)
            var seen = ""
            for piece in Self.pieces(text, of: size) {
                seen += filter.add(piece)
                #expect(shown.utf8.starts(with: seen.utf8), "pieces of \(size)")
            }
            seen += filter.finish()
            #expect(seen == shown, "pieces of \(size)")
            #expect(filter.stopped == stop, "pieces of \(size)")
        }
    }

    @Test(arguments: [
        ("<think>\n hm </think>\n\n answer", false, "hm ", "answer"),
        ("  <think>a</think>b", false, "a", "b"), ("no thoughts", false, "", "no thoughts"),
        (" <thin king", false, "", " <thin king"), ("a</think> b", true, "a", "b"),
        ("<think>never closed </th", false, "never closed </th", ""), ("", false, "", ""),
        ("<think></think>x", false, "", "x"), ("x<think>a</think>", false, "", "x<think>a</think>"),
    ])
    func thoughtsAreToldFromAnswers(
        text: String,
        isOpen: Bool,
        thinking: String,
        content: String
    ) {
        for size in 1...max(text.unicodeScalars.count, 1) {
            var splitter = ThinkingSplitter(("<think>", "</think>"), isOpen: isOpen)
            var seen = ThinkingSplitter.Pieces()
            for piece in Self.pieces(text, of: size).map({ splitter.add($0) }) + [splitter.finish()]
            {
                seen.thinking += piece.thinking
                seen.content += piece.content
            }
            #expect(seen.thinking == thinking, "pieces of \(size)")
            #expect(seen.content == content, "pieces of \(size)")
        }
    }
}

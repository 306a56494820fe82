import Testing

@testable import ModelCommands

@Suite struct ImagePathsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let paths: [String]
        let rest: String

        var testDescription: String { text }
    }

    private static let cases = [
        Case(text: "what is in /tmp/a.png?", paths: ["/tmp/a.png"], rest: "what is in ?"),
        Case(text: "/tmp/a.JPG", paths: ["/tmp/a.JPG"], rest: ""),
        Case(text: "./a.webp ../b.jpeg", paths: ["./a.webp", "../b.jpeg"], rest: ""),
        Case(text: "hear ~/x.wav now", paths: ["/folder/x.wav"], rest: "hear  now"),
        Case(text: #"/tmp/my\ cat.png who"#, paths: ["/tmp/my cat.png"], rest: "who"),
        Case(text: "'/tmp/my cat.png' who", paths: ["/tmp/my cat.png"], rest: "who"),
        Case(text: "see \"/tmp/my cat.png\"", paths: ["/tmp/my cat.png"], rest: "see"),
        Case(text: "/a.png and /a.png", paths: ["/a.png"], rest: "and"),
        Case(text: "a.png", paths: [], rest: "a.png"),
        Case(text: "and/or.png", paths: [], rest: "and/or.png"),
        Case(text: "/tmp/a.txt", paths: [], rest: "/tmp/a.txt"),
        Case(text: "/.png", paths: ["/.png"], rest: ""),
        Case(text: "it's '/tmp/a.png", paths: [], rest: "it's '/tmp/a.png"),
        Case(text: "look (at /tmp/a.png).", paths: ["/tmp/a.png"], rest: "look (at )."),
    ]

    @Test(arguments: cases) func findsPaths(_ example: Case) {
        let found = ImagePaths.find(in: example.text, home: "/folder")
        #expect(found.map(\.path) == example.paths)
        #expect(ImagePaths.without(found, example.text) == example.rest)
    }
}

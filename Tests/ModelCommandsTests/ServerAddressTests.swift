import ModelCommands
import Testing

@Suite struct ServerAddressTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String?
        let url: String
        var isWarned = false

        var testDescription: String { text ?? "not set" }
    }

    private static let cases = [
        Case(text: nil, url: "http://127.0.0.1:11434"),
        Case(text: "", url: "http://127.0.0.1:11434"),
        Case(text: "1.2.3.4", url: "http://1.2.3.4:11434"),
        Case(text: ":1234", url: "http://127.0.0.1:1234"),
        Case(text: "1.2.3.4:1234", url: "http://1.2.3.4:1234"),
        Case(text: "example.com", url: "http://example.com:11434"),
        Case(text: "example.com:1234", url: "http://example.com:1234"),
        Case(text: ":0", url: "http://127.0.0.1:0"),
        Case(text: ":66000", url: "http://127.0.0.1:11434", isWarned: true),
        Case(text: ":-1", url: "http://127.0.0.1:11434", isWarned: true),
        Case(text: ":http", url: "http://127.0.0.1:11434", isWarned: true),
        Case(text: "[::1]", url: "http://[::1]:11434"),
        Case(text: "[::]", url: "http://[::]:11434"),
        Case(text: "::1", url: "http://[::1]:11434"),
        Case(text: "[::1]:1337", url: "http://[::1]:1337"),
        Case(text: " 1.2.3.4 ", url: "http://1.2.3.4:11434"),
        Case(text: "\"1.2.3.4\"", url: "http://1.2.3.4:11434"),
        Case(text: "'1.2.3.4'", url: "http://1.2.3.4:11434"),
        Case(text: " \" 1.2.3.4 \" ", url: "http://1.2.3.4:11434"),
        Case(text: "http://1.2.3.4", url: "http://1.2.3.4:80"),
        Case(text: "http://1.2.3.4:1234", url: "http://1.2.3.4:1234"),
        Case(text: "https://1.2.3.4", url: "https://1.2.3.4:443"),
        Case(text: "https://1.2.3.4:1234", url: "https://1.2.3.4:1234"),
        Case(text: "HTTPS://example.com/", url: "https://example.com:443"),
        Case(text: "example.com/ollama", url: "http://example.com:11434/ollama"),
        Case(text: "https://example.com/ai/ollama/", url: "https://example.com:443/ai/ollama"),
        Case(text: "ftp://example.com", url: "ftp://example.com:11434", isWarned: true),
    ]

    @Test(arguments: cases) func followsOllamasRules(_ example: Case) {
        let address = ServerAddress(example.text)
        #expect(address.url == example.url)
        #expect((address.warning != nil) == example.isWarned)
    }
}

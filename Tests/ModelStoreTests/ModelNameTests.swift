import Testing

@testable import ModelStore

@Suite struct ModelNameTests {
    @Test(arguments: [
        ("demo", "registry.ollama.ai/library/demo:latest", "demo:latest"),
        ("a/b", "registry.ollama.ai/a/b:latest", "a/b:latest"),
        ("hf.co/a/b:Q8_0", "hf.co/a/b:Q8_0", "hf.co/a/b:Q8_0"),
        ("https://h:5000/n/m:t", "h:5000/n/m:t", "h:5000/n/m:t"),
        ("h.x/library/m", "h.x/library/m:latest", "h.x/library/m:latest"),
        ("_m.1-x", "registry.ollama.ai/library/_m.1-x:latest", "_m.1-x:latest"),
    ])
    func hasUsualParts(text: String, full: String, short: String) throws {
        let name = try #require(ModelName(text))
        #expect(name.full == full)
        #expect(name.short == short)
        #expect(ModelName(name.short) == name)
    }

    @Test(arguments: [
        "", ":", "a:", "/b", "a//b", "a/b/c/d", ".a", "-a", "a@sha256:1", "a b", "é", "a.b/m/x/y",
        "h/n.s/m", "m:t:u", "m:../x", "../m", "a:b://x", "://x", "1a://x", "a b://x",
        String(repeating: "a", count: 81),
    ])
    func refusesOthers(text: String) {
        #expect(ModelName(text) == nil)
    }

    @Test func caseDoesNotCount() {
        #expect(ModelName("Demo:Q4") == ModelName("demo:q4"))
        #expect(Set([ModelName("A"), ModelName("a")]).count == 1)
        #expect(ModelName("Registry.Ollama.AI/Library/Demo")?.short == "Demo:latest")
        #expect(ModelName("Library/Demo")?.short == "Demo:latest")
    }
}

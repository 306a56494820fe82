import DeviceClient
import Testing

@testable import LanguageService

/// Ollama's environment variables.
struct OllamaVariableTests {
    @Test(
        arguments: [
            ("0.0.0.0", "0.0.0.0", nil), ("127.0.0.1:1234", "127.0.0.1", 1234),
            (":8080", nil, 8080),
            ("http://example.org:80/", "example.org", 80), ("[::1]:9", "::1", 9),
            ("::1", "::1", nil),
            ("[::]", "::", nil),
        ] as [(String, String?, Int?)]
    )
    func readsHosts(_ text: String, _ host: String?, _ port: Int?) {
        let variables = OllamaVariables(["OLLAMA_HOST=\(text)"])
        #expect(variables.host == host)
        #expect(variables.port == port)
        #expect(variables.warnings == [])
    }

    @Test(
        arguments: [
            ("5m", .atMost(.seconds(300))), ("300", .atMost(.seconds(300))), ("-1", .forever),
            ("\"24h\"", .atMost(.seconds(86_400))), (" '0' ", .atMost(.zero)), ("-5s", .forever),
        ] as [(String, ResidencySpan)]
    )
    func readsTimesToKeep(_ text: String, _ span: ResidencySpan) {
        #expect(OllamaVariables(["OLLAMA_KEEP_ALIVE=\(text)"]).keepAlive == span)
    }

    @Test func readsTheOthers() {
        let variables = OllamaVariables([
            "OLLAMA_MODELS=/models", "OLLAMA_ORIGINS=http://a, http://b", "OLLAMA_NUM_PARALLEL=4",
            "OLLAMA_CONTEXT_LENGTH=8192", "OLLAMA_KV_CACHE_TYPE=q8_0", "OLLAMA_FLASH_ATTENTION=1",
            "OLLAMA_MAX_QUEUE=512", "OLLAMA_LOAD_TIMEOUT=10m", "OLLAMA_GO_TEMPLATE=false",
            "OLLAMA_MAX_LOADED_MODELS=0", "OLLAMA_NO_CLOUD=1", "PATH=/bin", "OLLAMA_DEBUG=",
        ])
        #expect(variables.models == "/models")
        #expect(variables.origins == ["http://a", "http://b"])
        #expect(variables.slots == 4)
        #expect(variables.context == 8192)
        #expect(variables.cacheType == "q8_0")
        #expect(variables.flashAttention == true)
        #expect(variables.queue == 512)
        #expect(variables.loadTimeout == .seconds(600))
        #expect(variables.prefersJinja)
        #expect(variables.warnings == [])
    }

    @Test func zeroLeavesItToTheProgram() {
        let variables = OllamaVariables([
            "OLLAMA_NUM_PARALLEL=0", "OLLAMA_CONTEXT_LENGTH=0", "OLLAMA_MAX_QUEUE=0",
        ])
        #expect(variables == OllamaVariables())
    }

    @Test(arguments: [
        "OLLAMA_KEEP_ALIVE=soon", "OLLAMA_NUM_PARALLEL=many", "OLLAMA_CONTEXT_LENGTH=-1",
        "OLLAMA_KV_CACHE_TYPE=q1", "OLLAMA_FLASH_ATTENTION=maybe", "OLLAMA_HOST=https://x",
        "OLLAMA_HOST=x:y", "OLLAMA_MAX_LOADED_MODELS=2", "OLLAMA_SCHED_SPREAD=1",
        "OLLAMA_LOAD_TIMEOUT=x",
    ])
    func tellsWhatDoesNotCount(_ entry: String) {
        let variables = OllamaVariables([entry])
        #expect(variables.warnings.count == 1)
        #expect(variables.warnings.first?.hasPrefix(String(entry.prefix { $0 != "=" })) == true)
    }
}

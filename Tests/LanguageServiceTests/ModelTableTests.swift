import Logging
import POSIX
import Registry
import Testing

@testable import LanguageService

/// What is known of models without reading.
struct ModelTableTests {
    private let store = DemoStore()

    @Test func aModelIsKnownWhileItsManifestStaysTheSame() throws {
        let manifest = "\(store.path)/manifests/registry.ollama.ai/library/one/latest"
        _ = try store.model("one")
        let table = ModelTable(
            [store.path],
            prefersJinja: false,
            transfers: .init(),
            catalogue: nil,
            logger: Logger(label: "test") { _ in }
        )
        #expect(table.known("one") == nil)
        let found = try #require(try table.model(named: "one"))
        #expect(table.known("one")?.name == found.name)
        // By the name that it was asked for, and by no other.
        #expect(table.known("one:latest") == nil)

        try Files.replace(manifest, with: try Files.read(manifest))
        #expect(table.known("one") == nil)
        _ = try table.model(named: "one")
        #expect(table.known("one") != nil)
    }
}

import Logging
import POSIX
import VocabularyClient

/// Runs a test with a client whose process may read the demo model and what `readable` names, and
/// shuts it down afterwards.
func withVocabulary<Result>(
    readable: [String] = [],
    _ adjust: (inout VocabularyConfiguration) -> Void = { _ in },
    _ body: (VocabularyClient) async throws -> Result
) async throws -> Result {
    var configuration = try VocabularyConfiguration.installed(readable: [Demo.folder] + readable)
    adjust(&configuration)
    let loop = try EventLoop(name: "vocabulary-test")
    let logger = Logger(label: "test") { _ in }
    let client = VocabularyClient(configuration: configuration, loop: loop, logger: logger)
    do {
        let result = try await body(client)
        await client.shutdown()
        loop.stop()
        return result
    } catch {
        await client.shutdown()
        loop.stop()
        throw error
    }
}

/// The model that is in the repository.
enum Demo {
    static let folder: String = {
        let tree = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(tree)/packaging/models/demo"
    }()
    static let file = "\(folder)/demo.gguf"
}

extension VocabularyClient {
    /// How many tokens the demo model makes of a text.
    nonisolated func count(_ text: String, file: String = Demo.file) async throws -> Int {
        try await count(text, model: file, addSpecial: false, parseSpecial: false)
    }
}

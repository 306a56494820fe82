import JSON
import ModelStore
import POSIX
import TestKit
import Testing

@testable import LanguageService

/// A store of models that all have the demo's weights.
struct DemoStore {
    private let files = TemporaryFolder()

    /// Its folder.
    var path: String { files.path }

    /// A model with the demo's weights and these parameters.
    func model(_ name: String, parameters: String = "{}") throws -> LanguageModel {
        let store = files.path
        let weights = "1f0000000000000000000000000000000000000000000000000000000000000"
        try Files.makeFolder("\(store)/blobs")
        let demo = try Files.read("packaging/models/demo/demo.gguf")
        try Files.replace("\(store)/blobs/sha256-\(weights)1", with: demo)
        let params = Array(parameters.utf8)
        let digit = "\(name.utf8.count % 10)"
        try Files.replace("\(store)/blobs/sha256-\(weights)\(digit)", with: params)
        let folder = "\(store)/manifests/registry.ollama.ai/library/\(name)"
        for path in [
            "\(store)/manifests", "\(store)/manifests/registry.ollama.ai",
            "\(store)/manifests/registry.ollama.ai/library", folder,
        ] { try Files.makeFolder(path) }
        let layers: JSONValue = [
            [
                "mediaType": "application/vnd.ollama.image.model",
                "digest": .string("sha256:\(weights)1"), "size": JSONValue(demo.count),
            ],
            [
                "mediaType": "application/vnd.ollama.image.params",
                "digest": .string("sha256:\(weights)\(digit)"), "size": JSONValue(params.count),
            ],
        ]
        let manifest: JSONValue = ["schemaVersion": 2, "layers": layers]
        try Files.replace("\(folder)/latest", with: manifest.serialized)
        let opened = ModelStore(path: store) { _ in nil }
        let known = try #require(ModelName(name))
        let found = try opened.model(named: known)
        let stored = try #require(found)
        return try LanguageModel(stored, of: opened, prefersJinja: false)
    }
}

import Glibc
import GoTemplate
import JSON
import POSIX
import TestKit
import Testing

@testable import ModelStore

@Suite struct SummaryTests {
    private let files = TemporaryStore()

    private func demo() throws -> [UInt8] {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        return try Files.read("\(root)/packaging/models/demo/demo.gguf")
    }

    @Test func theFileSaysWhatAConfigurationDoesNot() throws {
        try files.add(model: "demo", [(.model, try demo())])
        let summary = files.store.summary(of: try files.model("demo"))
        #expect(summary.problems.isEmpty)
        #expect(summary.obstacles.isEmpty)
        #expect(summary.capabilities == [.completion])
        let expected: JSONValue = [
            "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
            "parameter_size": "788K", "quantization_level": "Q8_0", "context_length": 1024,
            "embedding_length": 128,
        ]
        #expect(summary.details.json == expected)
    }

    @Test func aConfigurationGoesFirst() throws {
        let config: JSONValue = [
            "model_format": "gguf", "model_family": "other", "model_families": ["other", "clip"],
            "model_type": "9B", "file_type": "Q2_K", "context_length": 7,
        ]
        try files.add(model: "demo", [(.model, try demo())], config: config)
        let details = files.store.summary(of: try files.model("demo")).details
        #expect(details.family == "other")
        #expect(details.families == ["other", "clip"])
        #expect(details.parameterSize == "9B")
        #expect(details.quantization == "Q2_K")
        #expect(details.contextLength == 7)
        #expect(details.embeddingLength == 128)
    }

    @Test func anUnknownQuantizationIsLookedUp() throws {
        let config: JSONValue = ["file_type": "unknown", "model_families": nil, "model_type": 3]
        try files.add(model: "demo", [(.model, try demo())], config: config)
        let details = files.store.summary(of: try files.model("demo")).details
        #expect(details.quantization == "Q8_0")
        #expect(details.parameterSize == "788K")
    }

    @Test func partsAreCountedTogether() throws {
        func part(_ number: UInt32, _ shape: [UInt64]) -> [UInt8] {
            var file = number == 0 ? GGUFBytes.languageModel() : GGUFBytes()
            file.entries += [("split.no", .uint32(number)), ("split.count", .uint32(2))]
            file.tensors = [GGUFBytes.Tensor("t\(number)", shape)]
            return file.bytes
        }
        let parts = [part(1, [2_000_000]), part(0, [1_500_000])]
        try files.add(model: "split", parts.map { (.model, $0) })
        let model = try files.model("split")
        let summary = files.store.summary(of: model)
        #expect(summary.details.parameterSize == "3.50M")
        #expect(summary.details.family == "llama")
        let inspection = try files.store.inspect(model, isVerbose: true)
        #expect(inspection.metadata["general.parameter_count"] == 3_500_000)
        #expect(inspection.metadata["llama.block_count"] == 16)
        #expect(inspection.tensors.count == 2)
    }

    @Test func whatIsMissingOrBrokenIsNamed() throws {
        let contents: [(ManifestLayer.Kind, [UInt8])] = [
            (.model, Array("GGUF")), (.projector, [7]), (.template, Array("{{ broken")),
            (.params, Array("[1]")), (.messages, Array(#"[{"content": "x"}]"#)),
            (.license, Array("gone")),
        ]
        try files.add(model: "m", contents, config: ["model_format": "gguf"])
        let model = try files.model("m")
        let config = try #require(model.manifest.config).digest
        Files.remove(files.store.path(of: config))
        Files.remove(files.store.path(of: model.manifest.layers[5].digest))
        let summary = files.store.summary(of: model)
        #expect(summary.problems.count == 4)
        #expect(summary.problems[0].reason == .missing)
        #expect(summary.capabilities.isEmpty)
        #expect(summary.details.quantization.isEmpty)
        let contentsProblems = files.store.contents(of: model).problems
        #expect(contentsProblems.count == 4)
        #expect(contentsProblems.contains { $0.reason == .missing })
        #expect(throws: StoreProblem.self) { try files.store.inspect(model, isVerbose: false) }
    }

    @Test func filesThatWereCutAreNamed() throws {
        try files.add(model: "m", [(.model, try demo())])
        let model = try files.model("m")
        truncate(files.store.path(of: model.manifest.layers[0].digest), 1000)
        let problem = try #require(files.store.contents(of: model).problems.first)
        #expect(problem.description.contains("it has 1000 bytes, its manifest says 870144"))
    }

    @Test func hugeTextsAreNotRead() throws {
        try files.add(model: "m", [(.license, Array("small")), (.system, Array("be brief"))])
        let model = try files.model("m")
        truncate(files.store.path(of: model.manifest.layers[0].digest), 100_000_000)
        let contents = files.store.contents(of: model)
        #expect(contents.licenses.isEmpty)
        #expect(contents.system == "be brief")
        guard case .tooLarge? = contents.problems.first?.reason else {
            Issue.record("\(contents.problems)")
            return
        }
    }

    @Test func manyLicencesAreNotReadWithoutEnd() throws {
        let text = [UInt8](repeating: 0x20, count: 15 << 20)
        try files.add(model: "m", (0..<6).map { _ in (.license, text) })
        let contents = files.store.contents(of: try files.model("m"))
        #expect(contents.licenses.count == 4)
        #expect(contents.problems.count == 2)
    }

    @Test func modelsThatRunElsewhereHaveNoFile() throws {
        let config: JSONValue = [
            "remote_host": "https://example.org", "remote_model": "big", "model_family": "gpt-oss",
            "capabilities": ["completion", "tools"], "context_length": 131_072,
        ]
        try files.add(model: "big", [], config: config)
        let model = try files.model("big")
        let summary = files.store.summary(of: model)
        #expect(summary.config.isRemote)
        #expect(summary.facts == nil)
        #expect(summary.capabilities == [.completion, .tools])
        let metadata = try files.store.inspect(model, isVerbose: true).metadata
        #expect(
            metadata == [
                "general.architecture": "gpt-oss", "gpt-oss.context_length": 131_072,
            ]
        )
    }

    @Test func templatesOfGoTellTheirFields() throws {
        let store = ModelStore(path: files.path) { text in
            do {
                return Set(try GoTemplate(text, functions: ["json"]).fieldNames.map(\.text))
            } catch {
                return nil
            }
        }
        let template =
            "{{ if .Tools }}{{ json .Tools }}{{ end }}{{ .Suffix }}"
            + "{{ range .Messages }}{{ .Content }}{{ end }}"
        try files.add(model: "m", [(.model, try demo()), (.template, Array(template))])
        let model = try #require(try store.model(named: files.model("m").name))
        let summary = store.summary(of: model)
        #expect(summary.templateFields == ["Tools", "Messages", "Content", "Suffix"])
        #expect(summary.capabilities == [.completion, .tools, .insert])
    }

    @Test func headersAreReadOnce() throws {
        try files.add(model: "demo", [(.model, try demo())])
        let model = try files.model("demo")
        let path = files.store.path(of: model.manifest.layers[0].digest)
        let first = files.store.summary(of: model)
        // The same file by number, size and time, with another content, which nobody looks at.
        let version = try #require(FileVersion.current(of: path))
        let number = open(path, O_WRONLY)
        try #require(number >= 0)
        #expect(pwrite(number, "XXXX", 4, 0) == 4)
        let seconds = Int(version.changed / 1_000_000_000)
        let time = timespec(tv_sec: seconds, tv_nsec: Int(version.changed % 1_000_000_000))
        futimens(number, [time, time])
        close(number)
        #expect(files.store.summary(of: model) == first)
        _ = files.store.list()
        #expect(files.store.summary(of: model) == first)
        files.setTime("blobs/sha256-\(model.manifest.layers[0].digest.hexadecimal)", 5)
        #expect(files.store.summary(of: model).problems.count == 1)
    }

    @Test func manyMayAskWhileSomebodyWrites() async throws {
        for number in 0..<4 {
            let system = Array("be brief \(number)".utf8)
            try files.add(model: "m\(number)", [(.model, try demo()), (.system, system)])
        }
        let store = files.store
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<20).reduce(0) { sum, _ in
                        let models = store.list().models
                        return sum + models.filter { store.summary(of: $0).problems.isEmpty }.count
                    }
                }
            }
            for number in 0..<40 {
                files.setTime("manifests/registry.ollama.ai/library/m0/latest", number + 1)
            }
            for await count in group { #expect(count == 80) }
        }
    }
}

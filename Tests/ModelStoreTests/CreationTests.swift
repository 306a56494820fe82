import Configuration
import Glibc
import JSON
import ModelFiles
import Modelfile
import POSIX
import TestKit
import Testing

@testable import ModelStore

@Suite struct CreationTests {
    private let files = TemporaryStore()

    /// The demo model of this repository.
    private static let demo: String = {
        // Tests/ModelStoreTests/CreationTests.swift
        let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return folders.dropLast(3).joined(separator: "/") + "/packaging/models/demo/demo.gguf"
    }()

    /// A GGUF file of the store, as a request names it.
    private func file(
        _ name: String,
        _ entries: [(key: String, value: GGUFBytes.Value)]
    ) throws -> CreateRequest.File {
        let digest = try files.blob(GGUFBytes(entries: entries).bytes)
        return CreateRequest.File(name: name, digest: digest)
    }

    private func model(
        _ others: [(key: String, value: GGUFBytes.Value)] = []
    ) throws
        -> CreateRequest.File
    {
        let digest = try files.blob(GGUFBytes.languageModel(others).bytes)
        return CreateRequest.File(name: "model.gguf", digest: digest)
    }

    private func request(_ name: String) throws -> CreateRequest {
        CreateRequest(name: try files.name(name))
    }

    /// Makes a model and gives the words of its steps.
    @discardableResult
    private func create(
        _ request: CreateRequest,
        quantizer: Quantizer? = nil
    ) throws -> [String] {
        var steps: [String] = []
        _ = try files.writer.create(request, quantizer: quantizer) { status in
            steps.append(status.text)
            return true
        }
        return steps
    }

    private func refusal(_ request: CreateRequest) -> String {
        do throws(StoreError) {
            _ = try files.writer.create(request)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func theDemoModelIsMadeAndReadBack() throws {
        let imported = try files.writer.importBlob(from: Self.demo)
        var first = try request("demo")
        first.files = [CreateRequest.File(name: "demo.gguf", digest: imported.blob.digest)]
        first.template = "{{ .System }}\n{{ .Prompt }}"
        first.system = "Be \"brief\".\nAlways."
        first.parameters = ["temperature": 0.5, "stop": ["<|end|>", "\n"], "num_ctx": 1024]
        first.messages = [StoredMessage(role: "user", content: "Hello.")]
        first.licenses = ["MIT", "two\nlines"]
        first.requires = "v0.14.0"
        first.renderer = "r"
        let steps = try create(first)
        #expect(
            steps.prefix(2) == ["parsing GGUF", "using existing layer \(imported.blob.digest)"]
        )
        #expect(steps.filter { $0.hasPrefix("creating new layer sha256:") }.count == 6)
        #expect(steps.suffix(2) == ["writing manifest", "success"])
        let model = try files.model("demo")
        let contents = files.store.contents(of: model)
        #expect(contents.problems.isEmpty)
        #expect(contents.template == first.template && contents.system == first.system)
        #expect(contents.parameters == first.parameters)
        #expect(contents.messages == first.messages && contents.licenses == first.licenses)
        let summary = files.store.summary(of: model)
        #expect(summary.details.family == "llama" && summary.details.quantization == "Q8_0")
        #expect(summary.details.parameterSize == summary.config.parameterSize)
        #expect(summary.config.families == ["llama"] && summary.config.format == "gguf")
        #expect(summary.problems.isEmpty && summary.obstacles.isEmpty)

        // What `show` writes makes the same model again.
        let text = ModelfileText.text(contents, name: model.name)
        let recipe = try ModelRecipe(Modelfile(parsing: [UInt8](text)))
        var second = try request("again")
        second.files = try recipe.sources.map { path in
            let blob = try files.writer.importBlob(from: path).blob
            #expect(!blob.isNew)
            return CreateRequest.File(name: "model.gguf", digest: blob.digest)
        }
        second.template = recipe.template
        second.system = recipe.system
        second.parameters = recipe.parameters
        second.messages = recipe.messages.map { StoredMessage(role: $0.role, content: $0.content) }
        second.licenses = recipe.licenses
        second.requires = recipe.requires
        second.renderer = recipe.renderer
        let others = try create(second).filter { $0.hasPrefix("creating") }
        // Only the parameters, which are written in another order.
        #expect(others.count <= 2)
        let again = files.store.contents(of: try files.model("again"))
        #expect(ModelfileText.text(again, name: model.name) == text)
        #expect(try files.writer.verify().isClean)
    }

    @Test func aModelOfAnotherOneTakesOverWhatItDoesNotReplace() throws {
        var base = try request("base")
        base.files = [try model()]
        base.system = "old"
        base.template = "{{ .Prompt }}"
        base.parameters = ["top_k": 1, "stop": ["a"], "seed": 1]
        base.messages = [StoredMessage(role: "user", content: "old")]
        base.licenses = ["one"]
        base.parser = "p"
        try create(base)
        var derived = try request("derived")
        derived.from = try files.name("BASE")
        derived.system = ""
        derived.parameters = ["top_k": 2, "stop": ["b"], "seed": nil, "top_p": 0.5]
        derived.licenses = ["one", "two"]
        derived.info = ["context_length": 7, "quantization_level": "Q9", "unknown": 1]
        try create(derived)
        let model = try files.model("derived")
        let contents = files.store.contents(of: model)
        #expect(contents.system == nil && contents.template == "{{ .Prompt }}")
        #expect(contents.parameters == ["top_k": 2, "stop": ["b"], "top_p": 0.5])
        #expect(contents.messages == base.messages)
        #expect(contents.licenses == ["one", "two"])
        #expect(contents.config.parser == "p" && contents.config.contextLength == 7)
        #expect(contents.config.quantization == "Q9" && contents.config.family == "llama")
        #expect(files.store.summary(of: model).details.parentModel == "base:latest")
        // Of itself, with other texts: what only the old one had goes.
        var same = try request("Derived")
        same.from = try files.name("derived")
        same.template = ""
        same.messages = [StoredMessage(role: "assistant", content: "new")]
        try create(same)
        #expect(files.store.contents(of: try files.model("derived")).template == nil)
        _ = try files.writer.delete(files.name("base"))
        _ = try files.writer.collect(minimumAge: .zero, isDryRun: false)
        let report = try files.writer.verify()
        #expect(report.isClean && report.models.count == 1)
        #expect(files.store.contents(of: try files.model("derived")).messages == same.messages)
    }

    @Test func filesSayWhatTheyAre() throws {
        var request = try request("m")
        request.files = [
            try file("mmproj.gguf", [("general.architecture", .text("clip"))]),
            try model(),
            try file(
                "lora.gguf",
                [("general.architecture", .text("llama")), ("general.type", .text("adapter"))]
            ),
        ]
        request.drafts = [try model([("general.name", .text("Draft"))])]
        try create(request)
        let model = try files.model("m")
        #expect(model.manifest.layers.map(\.kind) == [.model, .projector, .adapter, .draft])
        #expect(files.store.contents(of: model).config.families == ["llama", "clip"])
    }

    @Test func partsOfASplitModelAreSorted() throws {
        func part(_ number: UInt32, of count: UInt32 = 3) throws -> CreateRequest.File {
            let entries: [(key: String, value: GGUFBytes.Value)] = [
                ("split.no", .uint32(number)), ("split.count", .uint32(count)),
            ]
            return try number == 0 ? model(entries) : file("part-\(number)", entries)
        }
        var request = try request("m")
        request.files = try [part(2), part(0), part(1)]
        let order = try [part(0), part(1), part(2)].map(\.digest)
        try create(request)
        #expect(try files.model("m").manifest.layers.map(\.digest) == order)
        request.files = try [part(0), part(2)]
        #expect(refusal(request) == "invalid split GGUF: part 2 of 3 is missing")
        request.files = try [part(0), part(1), part(1)]
        #expect(refusal(request) == "invalid split GGUF: part 2 was given twice")
        request.files = try [part(0), part(1, of: 4), part(2)]
        #expect(refusal(request).hasPrefix("invalid split GGUF"))
        request.files = try [model(), model([("general.name", .text("Other"))])]
        #expect(refusal(request).hasPrefix("several models"))
    }

    @Test func requestsThatMakeNoSenseAreRefused() throws {
        var request = try request("m")
        #expect(refusal(request) == "neither 'from' or 'files' was specified")
        request.files = []
        #expect(refusal(request) == "no files provided to convert")
        let digest = try files.blob([UInt8]("no GGUF file at all"))
        request.files = [CreateRequest.File(name: "x.bin", digest: digest)]
        #expect(refusal(request) == "supplied file was not in GGUF format: 'x.bin'")
        request.files = [CreateRequest.File(name: "model.safetensors", digest: digest)]
        #expect(refusal(request).contains("safetensors"))
        for name in ["/etc/x", "../x", "a//b", "", "a/./b", "a/"] {
            request.files = [CreateRequest.File(name: name, digest: digest)]
            #expect(refusal(request) == "file path must be relative")
        }
        request.files = [CreateRequest.File(name: "x", digest: BlobDigest(of: [9]))]
        #expect(refusal(request).contains("is not in the store"))
        request.files = [try model()]
        request.adapters = try [model(), model()]
        #expect(refusal(request) == "only one adapter is currently supported")
        request.adapters = []
        request.template = "{{ broken"
        #expect(refusal(request).hasPrefix("template error"))
        request.template = nil
        request.requires = "x"
        #expect(refusal(request) == "requires must be a valid semver (e.g. 0.14.0)")
        request.requires = nil
        request.messages = [StoredMessage(role: "tool", content: "")]
        #expect(refusal(request).hasPrefix("message role must be one of"))
        request.messages = []
        request.info = ["context_length": "x"]
        #expect(refusal(request).contains("info.context_length"))
        request.info = [:]
        request.quantization = "Q9_Z"
        #expect(refusal(request) == "unknown quantization type 'Q9_Z'")
        request.quantization = "Q4_K"
        let sources = "quantization is only supported for F16, BF16 and F32 models"
        #expect(refusal(request) == sources)
        request.quantization = nil
        request.from = try files.name("nothing")
        #expect(refusal(request) == "model 'nothing:latest' not found")
        #expect(files.store.list().models.isEmpty)
    }

    @Test func aBrokenModelIsNoBase() throws {
        try files.add(model: "base", [(.model, [1]), (.system, [2])])
        Files.remove(files.store.path(of: BlobDigest(of: [2])))
        var request = try request("m")
        request.from = try files.name("base")
        #expect(refusal(request).contains("is not in the store"))
    }

    @Test func weightsAreMadeSmaller() throws {
        var base = try request("base")
        base.files = [try model([("general.file_type", .uint32(1))])]
        base.quantization = "q4_K"
        #expect(refusal(base) == "this program cannot quantize")
        var told: [Int] = []
        let small = GGUFBytes.languageModel([("general.file_type", .uint32(15))]).bytes
        @Sendable func quantize(
            _ job: QuantizationJob,
            _ progress: (Double) -> Bool
        ) throws(StoreError) {
            #expect(job.type == "Q4_K_M" && Files.size(job.target) == 0)
            guard progress(0.5) else { throw .cancelled }
            do {
                let file = try FileLines(job.source)
                _ = try file.next()
                try Self.overwrite(job.target, small)
            } catch {
                throw .quantization("\(error)")
            }
        }
        let steps = try create(base, quantizer: quantize)
        told.append(steps.filter { $0 == "quantizing F16 model to Q4_K_M" }.count)
        #expect(told == [2])
        let model = try files.model("base")
        #expect(model.manifest.layers.map(\.digest) == [BlobDigest(of: small)])
        #expect(files.store.contents(of: model).config.quantization == "Q4_K_M")
        #expect(throws: StoreError.cancelled) {
            try files.writer.create(base, quantizer: quantize) { !$0.text.hasPrefix("quant") }
        }
        #expect(files.names("blobs").allSatisfy { $0.hasPrefix("sha256-") })
    }

    /// With llama.cpp's own program, where the prefix has it.
    @Test(.enabled(if: quantize != nil, "the engine prefix has no llama-quantize"))
    func theDemoModelsWeightsAreMadeSmaller() throws {
        let program = try #require(Self.quantize)
        let large = try files.write("large", [])
        // The demo model has eight bits a weight already.
        let allowing = ChildCommand(path: program, arguments: ["--allow-requantize"])
        let job = QuantizationJob(source: Self.demo, target: large, type: "F16")
        var parts: [Double] = []
        try LlamaQuantizer(allowing).run(job) { part in
            parts.append(part)
            return true
        }
        #expect(parts.count > 5 && parts.last == 1 && parts == parts.sorted())
        let quantizer = LlamaQuantizer(ChildCommand(path: program, arguments: []))
        var request = try request("m")
        let blob = try files.writer.importBlob(from: large).blob
        request.files = [CreateRequest.File(name: "m.gguf", digest: blob.digest)]
        request.quantization = "Q8_0"
        try create(request, quantizer: quantizer.run)
        let model = try files.model("m")
        #expect(files.store.summary(of: model).details.quantization == "Q8_0")
        #expect(model.size < blob.size)
        let nothing = QuantizationJob(source: "/nowhere", target: large, type: "Q8_0")
        let error = #expect(throws: StoreError.self) { try quantizer.run(nothing) { _ in true } }
        guard case .quantization(let words)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(words.contains("nowhere"), "\(words)")
        #expect(throws: StoreError.cancelled) {
            try LlamaQuantizer(allowing).run(job) { _ in false }
        }
        let missing = LlamaQuantizer(ChildCommand(path: "/nowhere", arguments: []))
        #expect(throws: StoreError.self) { try missing.run(job) { _ in true } }
    }

    private static let quantize = try? Programs.path(of: "llama-quantize")

    private static func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        guard let file = fopen(path, "w") else { throw SystemError.last("open '\(path)'") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    @Test(arguments: [
        ("[   1/ 291]  token_embd.weight - [ 4096, 32000], type = f16", 1.0 / 291),
        ("[ 291/ 291] x", 1), ("[2/1]", 1), ("main: quantizing", nil), ("[a/b]", nil),
        ("[1/0]", nil),
    ])
    func linesTellHowFarItIs(line: String, part: Double?) {
        #expect(LlamaQuantizer.part(of: line) == part)
    }
}

import ModelFiles
import TestKit
import Testing

@testable import ModelStore

/// The marks are those by which Ollama's own translation knows its files, and llama.cpp's converter
/// decides what a file without them has.
@Suite struct ObstacleTests {
    private typealias Entry = (key: String, value: GGUFBytes.Value)

    /// A file of llama.cpp's converter: what matters of each family.
    private func converted(_ architecture: String) -> GGUFBytes {
        var file = GGUFBytes(entries: [
            ("general.architecture", .text(architecture)),
            ("\(architecture).attention.layer_norm_rms_epsilon", .float32(1e-6)),
            ("\(architecture).rope.freq_base", .float32(1e6)),
            ("\(architecture).rope.dimension_sections", .uint32s([24, 20, 20, 0])),
            ("tokenizer.ggml.model", .text("gpt2")), ("tokenizer.ggml.pre", .text("x")),
            ("tokenizer.ggml.tokens", .texts(["a", "b", "c"])),
        ])
        file.tensors = [
            GGUFBytes.Tensor("token_embd.weight", [2, 3]), GGUFBytes.Tensor("output_norm.weight"),
            GGUFBytes.Tensor("token_embd_norm.weight"), GGUFBytes.Tensor("blk.0.attn_gate.weight"),
            GGUFBytes.Tensor("blk.0.ssm_dt.bias"), GGUFBytes.Tensor("blk.0.ffn_latent_down.weight"),
            GGUFBytes.Tensor("per_layer_token_embd.weight", [2, 3]),
            GGUFBytes.Tensor("vocab.weight"), GGUFBytes.Tensor("mtp_like.weight"),
        ]
        return file
    }

    private func obstacles(_ file: GGUFBytes) throws -> [EngineObstacle] {
        EngineObstacle.all(in: try GGUFDescription(parsing: file.bytes))
    }

    private func reasons(_ file: GGUFBytes) throws -> [EngineObstacle.Reason] {
        try obstacles(file).map(\.reason)
    }

    @Test(arguments: [
        "llama", "llama4", "gemma3", "gemma3n", "gemma4", "gemma-embedding", "gpt-oss", "lfm2",
        "olmo2", "mistral3", "qwen35", "qwen35moe", "qwen3next", "qwen2vl", "qwen3vl", "qwen3vlmoe",
        "deepseek2-ocr", "deepseek2", "glm4", "laguna", "nemotron_h_moe", "bert", "qwen3", "phi3",
    ])
    func filesOfTheConverterPass(architecture: String) throws {
        #expect(try obstacles(converted(architecture)).isEmpty)
    }

    @Test(arguments: [
        "gptoss", "olmo3", "deepseekocr", "glmocr", "glm4moelite", "qwen25vl", "nemotron_h_omni",
        "mllama",
    ])
    func namesThatTheEngineDoesNotHaveAreSaid(architecture: String) throws {
        let obstacles = try obstacles(converted(architecture))
        #expect(obstacles.count == 1)
        guard case .foreignArchitecture? = obstacles.first?.reason else {
            Issue.record("\(obstacles)")
            return
        }
        #expect(obstacles[0].isFatal)
        #expect(obstacles[0].description.contains("'hf.co/"))
    }

    @Test(arguments: [
        ("gemma3", "v.patch_embedding.weight", "v."), ("gemma3", "mm.input.weight", "mm."),
        ("gemma4", "a.conv1d.0.weight", "a."), ("llama4", "v.class_embd", "v."),
        ("mistral3", "v.blk.0.attn_q.weight", "v."), ("qwen35", "mtp.layers.0.weight", "mtp."),
        ("nemotron_h_moe", "mtp.layers.0.weight", "mtp."), ("qwen3vl", "v.blk.0.x", "v."),
        ("gemma3n", "model.vision_tower.x", "model.vision_tower."),
    ])
    func projectorsInTheSameFileAreSaid(architecture: String, tensor: String, start: String) throws
    {
        var file = converted(architecture)
        file.tensors.append(GGUFBytes.Tensor(tensor))
        #expect(try reasons(file) == [.extraTensors(start: start)])
    }

    @Test func projectorsThemselvesPass() throws {
        var file = GGUFBytes(entries: [
            ("general.architecture", .text("clip")), ("clip.has_vision_encoder", .bool(1)),
        ])
        file.tensors = [GGUFBytes.Tensor("v.patch_embd.weight"), GGUFBytes.Tensor("mm.0.weight")]
        #expect(try reasons(file) == [.missingKey("clip.projector_type")])
        for key in ["clip.projector_type", "clip.vision.projector_type"] {
            var typed = file
            typed.entries.append((key, .text("mlp")))
            #expect(try obstacles(typed).isEmpty)
        }
    }

    @Test func laterPartsOfASplitFilePass() throws {
        let file = GGUFBytes(
            entries: [("split.no", .uint32(1))],
            tensors: [GGUFBytes.Tensor("v.x")]
        )
        #expect(try obstacles(file).isEmpty)
    }

    @Test func whatIsNoModelPasses() throws {
        let adapter = GGUFBytes(entries: [
            ("general.architecture", .text("gemma3")), ("general.type", .text("adapter")),
        ])
        #expect(try obstacles(adapter).isEmpty)
    }

    @Test func oldFilesOfGemmaAreSaid() throws {
        var file = converted("gemma3")
        file.entries.removeAll { $0.key.hasSuffix("epsilon") }
        let missing = "gemma3.attention.layer_norm_rms_epsilon"
        #expect(try reasons(file) == [.missingKey(missing)])

        file = converted("gemma3")
        file.entries.append(("gemma3.rope.global.freq_base", .float32(1e6)))
        #expect(try reasons(file).isEmpty)
        file.entries.removeAll { $0.key == "gemma3.rope.freq_base" }
        let old = EngineObstacle.Reason.oldKey(
            name: "gemma3.rope.global.freq_base",
            known: "gemma3.rope.freq_base"
        )
        #expect(try reasons(file) == [old])

        file = converted("gemma3")
        file.tensors[0].shape = [2, 2]
        let different = EngineObstacle.Reason.vocabulary(
            entries: 3,
            tensor: "token_embd.weight",
            rows: 2
        )
        #expect(try reasons(file) == [different])

        file = converted("gemma3")
        file.tensors.append(GGUFBytes.Tensor("dense.0.weight"))
        let other = EngineObstacle.Reason.otherArchitecture(
            known: "gemma-embedding",
            tensor: "dense.0.weight"
        )
        #expect(try reasons(file) == [other])

        file = converted("gemma3n")
        file.tensors[6].shape = [2, 2]
        #expect(try reasons(file).count == 1)
    }

    @Test(arguments: [
        ("laguna", "blk.3.attn_g.weight", "blk.3.attn_gate.weight"),
        ("qwen3next", "blk.0.ssm_dt", "blk.0.ssm_dt.bias"),
        ("qwen35moe", "blk.7.ssm_dt", "blk.7.ssm_dt.bias"),
        ("nemotron_h_moe", "blk.1.ffn_latent_in.weight", "blk.1.ffn_latent_down.weight"),
    ])
    func oldNamesOfTensorsAreSaid(architecture: String, name: String, known: String) throws {
        var file = converted(architecture)
        file.tensors.append(GGUFBytes.Tensor(name))
        #expect(try reasons(file) == [.oldTensor(name: name, known: known)])
    }

    @Test func theOldNormOfLFM2IsSaid() throws {
        var file = converted("lfm2")
        file.tensors.removeAll { $0.name == "token_embd_norm.weight" }
        let expected = EngineObstacle.Reason.oldTensor(
            name: "output_norm.weight",
            known: "token_embd_norm.weight"
        )
        #expect(try reasons(file) == [expected])
        file.entries.append(("split.count", .uint32(2)))
        #expect(try reasons(file).isEmpty)
    }

    @Test(arguments: ["qwen35", "qwen35moe", "qwen3vl", "qwen3vlmoe"])
    func missingSectionsAreSaid(architecture: String) throws {
        let key = "\(architecture).rope.dimension_sections"
        var file = converted(architecture)
        file.entries.removeAll { $0.key == key }
        #expect(try reasons(file) == [.missingKey(key)])
        file.entries.append((key, .uint32s([24, 20, 20])))
        #expect(try reasons(file) == [.missingKey(key)])
    }

    @Test func tablesThatAreTextsAreSaid() throws {
        let key = "tokenizer.ggml.precompiled_charsmap"
        var file = converted("bert")
        file.entries.append((key, .array([GGUFBytes.Value(type: 0, bytes: [1])], type: 0)))
        #expect(try obstacles(file).isEmpty)
        file.entries[file.entries.count - 1].value = .texts(["a"])
        #expect(try reasons(file) == [.tableOfTexts(key: key)])
    }

    @Test func whatOnlyAnswersWorseIsLoaded() throws {
        let template: Entry = ("tokenizer.chat_template", .text("<|start_header_id|>"))
        var file = converted("llama")
        file.entries.append(template)
        #expect(try obstacles(file).isEmpty)
        file.entries.removeAll { $0.key == "tokenizer.ggml.pre" }
        let obstacle = try #require(try obstacles(file).first)
        #expect(obstacle.reason == .missingCuts)
        #expect(!obstacle.isFatal)
        #expect(obstacle.description.contains("answers worse"))

        file = converted("mistral3")
        file.entries.append(("mistral3.rope.scaling.mscale_all_dim", .float32(1)))
        #expect(try obstacles(file).map(\.isFatal) == [false])

        file = converted("gemma4")
        file.entries.removeAll { $0.key == "tokenizer.ggml.model" }
        file.entries.append(("tokenizer.ggml.model", .text("llama")))
        #expect(try obstacles(file).map(\.isFatal) == [false])
    }

    @Test func sentencesNameAnAlternative() throws {
        let obstacle = try #require(try obstacles(converted("gptoss")).first)
        #expect(
            obstacle.description
                == """
                llama.cpp does not load this gptoss file: it names its network by another name than \
                'gpt-oss'; pull a GGUF file that llama.cpp's own converter made, for example \
                'hf.co/ggml-org/gpt-oss-20b-GGUF'
                """
        )
    }
}

import JSON
import ModelFiles
import TestKit
import Testing

@testable import ModelStore

@Suite struct CapabilityTests {
    private func facts(
        _ entries: [(key: String, value: GGUFBytes.Value)] = []
    ) throws -> GGUFFacts {
        GGUFFacts(try GGUFDescription(parsing: GGUFBytes.languageModel(entries).bytes))
    }

    private func projector(_ keys: [String]) throws -> GGUFFacts {
        var file = GGUFBytes(entries: [("general.architecture", .text("clip"))])
        file.entries += keys.map { ($0, .bool(1)) }
        return GGUFFacts(try GGUFDescription(parsing: file.bytes))
    }

    private func names(_ clues: ModelCapability.Clues) -> [String] {
        ModelCapability.all(by: clues).map(\.rawValue)
    }

    @Test func aModelWritesUnlessItPools() throws {
        let writer = try facts()
        #expect(names(.init(config: ModelConfig(), model: writer)) == ["completion"])
        let embedder = try facts([("llama.pooling_type", .uint32(1))])
        #expect(embedder.poolingType == 1)
        #expect(names(.init(config: ModelConfig(), model: embedder)) == ["embedding"])
        #expect(names(.init(config: ModelConfig())) == [])
    }

    @Test func whatAConfigurationSaysIsBelieved() throws {
        let object: JSONObject = ["capabilities": ["tools", "image", "tools"]]
        let clues = ModelCapability.Clues(config: ModelConfig(object), model: try facts())
        #expect(names(clues) == ["tools", "image"])
    }

    @Test func picturesAndSoundAreInTheFileOrBesideIt() throws {
        let config = ModelConfig()
        let inside = try facts([
            ("llama.vision.block_count", .uint32(3)), ("llama.audio.block_count", .uint32(3)),
        ])
        #expect(names(.init(config: config, model: inside)) == ["completion", "vision", "audio"])
        let model = try facts()
        let vision = try projector(["clip.has_vision_encoder"])
        let audio = try projector(["clip.has_audio_encoder"])
        let both = try projector(["clip.has_vision_encoder", "clip.has_audio_encoder"])
        let old = try projector([])
        func found(_ projectors: [GGUFFacts]) -> [String] {
            names(.init(config: config, model: model, projectors: projectors))
        }
        #expect(found([vision]) == ["completion", "vision"])
        #expect(found([audio]) == ["completion", "audio"])
        #expect(found([both]) == ["completion", "vision", "audio"])
        #expect(found([old]) == ["completion", "vision"])
    }

    @Test func soundThatTheEngineHasNoCodeForDoesNotCount() throws {
        let file = GGUFBytes(entries: [
            ("general.architecture", .text("clip")), ("clip.has_audio_encoder", .bool(1)),
            ("clip.has_vision_encoder", .bool(1)),
            ("clip.vision.projector_type", .text("gemma3nv")),
        ])
        let facts = GGUFFacts(try GGUFDescription(parsing: file.bytes))
        #expect(facts.takesPictures && !facts.takesSound)
    }

    @Test func toolsAndThoughtsAreWhatTheTemplateKnows() throws {
        let template = GGUFBytes.Value.text("{% if tools %}<think></think>")
        let jinja = try facts([("tokenizer.chat_template", template)])
        let config = ModelConfig()
        func found(_ model: GGUFFacts, _ fields: Set<String>?) -> [String] {
            names(.init(config: config, model: model, templateFields: fields))
        }
        #expect(found(jinja, nil) == ["completion", "tools", "thinking"])
        #expect(found(jinja, ["Prompt"]) == ["completion", "tools", "thinking"])
        let plain = try facts()
        #expect(found(plain, ["Prompt", "Suffix"]) == ["completion", "insert"])
        #expect(
            found(plain, ["Tools", "Thinking", "Messages"]) == ["completion", "tools", "thinking"]
        )
        // The model's own template is in use, and knows no thoughts.
        #expect(found(jinja, ["Tools", "ToolCalls"]) == ["completion", "tools"])
    }

    @Test(arguments: ["gptoss", "gpt-oss"])
    func someFamiliesThinkAlways(family: String) throws {
        let config = ModelConfig(["model_family": .string(family)])
        #expect(names(.init(config: config, model: try facts())) == ["completion", "thinking"])
    }
}

package import ModelFiles

/// How files are recognised that plain llama.cpp does not load.
///
/// DESIGN. A rule claims only what makes llama.cpp fail: a network that it has no name for, a value
/// or a tensor that it demands and that is not there, a tensor that it has no use for (it counts
/// them, and refuses a file that has more). Marks that merely tell who made a file are no rule. So a
/// file of llama.cpp's own converter is never refused, whatever family it is of: it has none of
/// these, or llama.cpp would not load it either.
///
/// What they find was compared with llama.cpp as of August 2026.
extension EngineObstacle {
    /// What stands in the way of a file; empty for nearly all.
    ///
    /// - Parameter file: The file's description.
    /// - Complexity: O(tensors).
    package static func all(in file: GGUFDescription) -> [EngineObstacle] {
        // Later parts of a split file have no metadata of their own; adapters and vocabularies have
        // a model's name without being one.
        guard let architecture = file.header.architecture,
            ["model", "mmproj"].contains(file.header.type ?? "model")
        else { return [] }
        let rules = Rules(file: file, architecture: architecture)
        var reasons = architecture == "clip" ? rules.ofProjector : rules.ofAnyModel
        switch architecture {
        case "bert": reasons += rules.ofBert
        case "gemma3": reasons += rules.ofGemma3
        case "gemma3n": reasons += rules.ofGemma3n
        case "laguna": reasons += rules.ofLaguna
        case "lfm2": reasons += rules.ofLFM2
        case "nemotron_h_moe": reasons += rules.ofNemotron
        case "qwen35", "qwen35moe": reasons += rules.ofQwen35
        case "qwen3next": reasons += rules.ofTimeSteps
        case "qwen3vl", "qwen3vlmoe": reasons += rules.ofSections
        default: break
        }
        return reasons.map { EngineObstacle($0, architecture: architecture) }
            + rules.weaknesses.map {
                EngineObstacle($0, architecture: architecture, isFatal: false)
            }
    }
}

/// The rules, each of which gives what it finds.
private struct Rules {
    typealias Reason = EngineObstacle.Reason

    let file: GGUFDescription
    let architecture: String

    /// Names of networks that llama.cpp does not have, and its own names of the same.
    private static let foreign = [
        "deepseekocr": "deepseek2-ocr", "glm4moelite": "deepseek2", "glmocr": "glm4",
        "gptoss": "gpt-oss", "nemotron_h_omni": "nemotron_h_moe", "olmo3": "olmo2",
        "qwen25vl": "qwen2vl",
    ]
    /// Networks that llama.cpp does not have at all.
    private static let unknown: Set<String> = ["mllama"]
    /// What names of tensors begin with that no network of llama.cpp's has: pictures, sound, what
    /// joins them to the model, and what guesses ahead.
    private static let extras = ["v.", "a.", "mm.", "model.vision_tower.", "mtp."]

    private func value(_ key: String) -> GGUFValue? {
        file.header.entries["\(architecture).\(key)"]?.value
    }

    private func isMissing(_ key: String) -> Reason? {
        value(key) == nil ? .missingKey("\(architecture).\(key)") : nil
    }

    /// A key that is there under an old name alone.
    private func old(_ name: String, _ known: String) -> Reason? {
        guard value(name) != nil, value(known) == nil else { return nil }
        return .oldKey(name: "\(architecture).\(name)", known: "\(architecture).\(known)")
    }

    /// The first tensor whose name ends as an old one does, and the name that it should have.
    private func oldTensor(ending: String, known: String) -> Reason? {
        file.tensors.first { $0.name.hasSuffix(ending) }.map {
            .oldTensor(name: $0.name, known: $0.name.dropLast(ending.utf8.count) + known)
        }
    }

    /// The vocabulary and the rows of a tensor, where they differ.
    private func vocabulary(_ tensor: String) -> Reason? {
        guard let entries = file.header.entries["tokenizer.ggml.tokens"]?.value.elementCount,
            let shape = file.tensor(tensor)?.shape, shape.count == 2, shape[1] != entries
        else { return nil }
        return .vocabulary(entries: entries, tensor: tensor, rows: shape[1])
    }

    // MARK: What makes a load fail

    var ofAnyModel: [Reason] {
        if let known = Self.foreign[architecture] { return [.foreignArchitecture(known: known)] }
        if Self.unknown.contains(architecture) { return [.foreignArchitecture(known: nil)] }
        return Self.extras.first { file.hasTensors(startingWith: $0) }.map {
            [.extraTensors(start: $0)]
        } ?? []
    }

    var ofProjector: [Reason] {
        let keys = ["projector_type", "vision.projector_type", "audio.projector_type"]
        return keys.contains { value($0) != nil } ? [] : [.missingKey("clip.projector_type")]
    }

    var ofGemma3: [Reason] {
        if file.tensor("dense.0.weight") != nil {
            return [.otherArchitecture(known: "gemma-embedding", tensor: "dense.0.weight")]
        }
        return [
            isMissing("attention.layer_norm_rms_epsilon"),
            old("rope.global.freq_base", "rope.freq_base"), vocabulary("token_embd.weight"),
        ].compactMap(\.self)
    }

    var ofGemma3n: [Reason] {
        [vocabulary("per_layer_token_embd.weight") ?? vocabulary("token_embd.weight")]
            .compactMap(\.self)
    }

    var ofBert: [Reason] {
        let key = "tokenizer.ggml.precompiled_charsmap"
        return file.header.entries[key]?.elements == .text ? [.tableOfTexts(key: key)] : []
    }

    var ofLaguna: [Reason] {
        [
            oldTensor(ending: ".attn_g.weight", known: ".attn_gate.weight"),
            old("rope.swa.freq_base", "rope.freq_base_swa"),
            old("rope.swa.dimension_count", "rope.dimension_count_swa"),
        ].compactMap(\.self)
    }

    var ofLFM2: [Reason] {
        let (name, known) = ("output_norm.weight", "token_embd_norm.weight")
        // Of a split file, another part may have it.
        let isWhole = file.header.partCount ?? 1 <= 1
        let isOld = isWhole && file.tensor(name) != nil && file.tensor(known) == nil
        return isOld ? [.oldTensor(name: name, known: known)] : []
    }

    var ofNemotron: [Reason] {
        [oldTensor(ending: ".ffn_latent_in.weight", known: ".ffn_latent_down.weight")]
            .compactMap(\.self)
    }

    var ofQwen35: [Reason] { ofSections + ofTimeSteps }

    /// Tensors of time steps that lack the last part of their name.
    var ofTimeSteps: [Reason] {
        [oldTensor(ending: ".ssm_dt", known: ".ssm_dt.bias")].compactMap(\.self)
    }

    /// How a position is spread over time, height and width: four numbers.
    var ofSections: [Reason] {
        let key = "rope.dimension_sections"
        // One number for all is fine too.
        guard let value = value(key), value.elementCount ?? 4 == 4 else {
            return [.missingKey("\(architecture).\(key)")]
        }
        return []
    }

    // MARK: What makes answers worse

    var weaknesses: [Reason] {
        switch architecture {
        case "gemma4": return otherVocabulary(than: "gemma4", kinds: ["llama"])
        case "llama": return missingCuts
        case "mistral3":
            return [
                old("rope.scaling.mscale_all_dim", "rope.scaling.yarn_log_multiplier"),
                old("rope.scaling_beta", "attention.temperature_scale"),
                old("rope.scaling.beta_fast", "rope.scaling.yarn_beta_fast"),
            ].compactMap(\.self)
        default: return []
        }
    }

    private func otherVocabulary(than known: String, kinds: Set<String>) -> [Reason] {
        guard let kind = file.header.entries["tokenizer.ggml.model"]?.value.text else { return [] }
        return kinds.contains(kind) ? [.otherVocabulary(kind: kind, known: known)] : []
    }

    /// The first files of Llama 3, by the marks of its conversations.
    private var missingCuts: [Reason] {
        let entries = file.header.entries
        guard entries["tokenizer.ggml.model"]?.value.text == "gpt2",
            let template = file.header.chatTemplate, template.contains("<|start_header_id|>")
        else { return [] }
        let cuts = entries["tokenizer.ggml.pre"]?.value.text ?? ""
        return cuts.isEmpty || cuts == "default" ? [.missingCuts] : []
    }
}

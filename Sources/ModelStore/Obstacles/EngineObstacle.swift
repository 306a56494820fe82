/// Why plain llama.cpp does not load a GGUF file, or computes something else with it.
///
/// Many files of Ollama's library were made for another engine of theirs: with other names of
/// networks, keys and tensors, and with what turns pictures into the model's language inside the
/// same file. Ollama translates them while it loads them. An engine that does not would end with a
/// message about numbers of tensors, or answer nonsense.
package struct EngineObstacle: Error, Sendable, Hashable {
    /// What the file's header shows.
    package enum Reason: Sendable, Hashable {
        /// The network is called by a name that llama.cpp does not have; it may have another.
        case foreignArchitecture(known: String?)
        /// It is a network of another name, by tensors that only that one has.
        case otherArchitecture(known: String, tensor: String)
        /// Tensors that belong into a file of their own, by what their names begin with.
        case extraTensors(start: String)
        /// A tensor is called by a name that llama.cpp does not look for.
        case oldTensor(name: String, known: String)
        /// A value is called by a key that llama.cpp does not look for.
        case oldKey(name: String, known: String)
        /// A value that llama.cpp demands is not there, or has another length.
        case missingKey(String)
        /// The vocabulary and a tensor that has a row for each entry have different lengths.
        case vocabulary(entries: Int, tensor: String, rows: Int)
        /// A table of bytes is written as a list of texts.
        case tableOfTexts(key: String)
        /// Nothing says how texts are cut before they become tokens.
        case missingCuts
        /// The vocabulary is of another kind than the one that this network has.
        case otherVocabulary(kind: String, known: String)
    }

    /// What the header shows.
    package let reason: Reason
    /// The network's name in the file; "unknown" when it has none.
    package let architecture: String
    /// Whether the file must not be loaded; otherwise it loads and answers worse than it should.
    package let isFatal: Bool

    /// Creates an obstacle.
    ///
    /// - Parameters:
    ///   - reason: What the header shows.
    ///   - architecture: The network's name in the file.
    ///   - isFatal: Whether the file must not be loaded.
    package init(_ reason: Reason, architecture: String, isFatal: Bool = true) {
        self.reason = reason
        self.architecture = architecture
        self.isFatal = isFatal
    }
}

extension EngineObstacle: CustomStringConvertible {
    /// The sentence people read: what is wrong, and what to take instead.
    package var description: String {
        let effect =
            isFatal
            ? "llama.cpp does not load this \(architecture) file"
            : "llama.cpp answers worse with this \(architecture) file than it should"
        return "\(effect): \(reason); \(remedy)"
    }

    /// Where a file is that llama.cpp loads.
    private var remedy: String {
        let converted = "pull a GGUF file that llama.cpp's own converter made"
        guard let example = Self.examples[architecture] else {
            return "\(converted), by a name such as 'hf.co/<user>/<model>-GGUF'"
        }
        return "\(converted), for example 'hf.co/\(example)'"
    }

    /// Repositories of files for llama.cpp, by its own documentation.
    private static let examples = [
        "deepseekocr": "ggml-org/DeepSeek-OCR-GGUF",
        "gemma3": "ggml-org/gemma-3-4b-it-GGUF",
        "gemma4": "ggml-org/gemma-4-E4B-it-GGUF",
        "glm4moelite": "ggml-org/GLM-4.7-Flash-GGUF",
        "gptoss": "ggml-org/gpt-oss-20b-GGUF",
        "llama4": "ggml-org/Llama-4-Scout-17B-16E-Instruct-GGUF",
        "mistral3": "ggml-org/Mistral-Small-3.1-24B-Instruct-2503-GGUF",
        "nemotron_h_moe": "ggml-org/Nemotron-3-Super-120B-GGUF",
        "qwen25vl": "ggml-org/Qwen2.5-VL-7B-Instruct-GGUF",
        "qwen35": "ggml-org/Qwen3.5-0.8B-GGUF",
        "qwen3vl": "ggml-org/Qwen3-VL-2B-Instruct-GGUF",
    ]
}

extension EngineObstacle.Reason: CustomStringConvertible {
    /// What people read.
    package var description: String {
        switch self {
        case .foreignArchitecture(let known?):
            "it names its network by another name than '\(known)'"
        case .foreignArchitecture(nil): "it does not know this network"
        case .otherArchitecture(let known, let tensor):
            "by its tensor '\(tensor)' it is a '\(known)' network under another name"
        case .extraTensors(let start):
            "the tensors '\(start)…' inside belong into a file of their own"
        case .oldTensor(let name, let known): "its tensor '\(name)' should be called '\(known)'"
        case .oldKey(let name, let known): "its '\(name)' should be called '\(known)'"
        case .missingKey(let key): "'\(key)' is missing or has another length"
        case .vocabulary(let entries, let tensor, let rows):
            "its vocabulary has \(entries) entries and its tensor '\(tensor)' \(rows) rows"
        case .tableOfTexts(let key): "'\(key)' is a list of texts and should be one of bytes"
        case .missingCuts: "nothing says how texts are cut before they become tokens"
        case .otherVocabulary(let kind, let known):
            "its vocabulary is marked '\(kind)' and should be '\(known)'"
        }
    }
}

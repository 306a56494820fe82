package import JSON

/// What the value of a parameter is: in a Modelfile, and in the options of a request.
package enum ParameterType: String, Sendable {
    /// A whole number.
    case integer = "int"
    /// A number.
    case number = "float"
    /// Whether something holds.
    case flag = "bool"
    /// A text.
    case text = "string"
    /// A list to which every line of the name adds one text.
    case texts = "strings"
    /// Anything that is written as JSON: biases of tokens.
    case json
    /// The name was in use once; what it says is left out.
    case ignored

    /// The type of a parameter; nil for names that nobody knows.
    ///
    /// - Parameter name: The name.
    package init?(of name: String) {
        guard let type = Self.all[name] ?? Self.old[name] else { return nil }
        self = type
    }

    /// What decides how an engine is started.
    package static let loading: [String: ParameterType] = [
        "num_ctx": .integer, "num_batch": .integer, "num_gpu": .integer, "main_gpu": .integer,
        "use_mmap": .flag, "num_thread": .integer, "draft_num_predict": .integer,
    ]

    /// What holds for one request.
    private static let sampling: [String: ParameterType] = [
        "num_keep": .integer, "seed": .integer, "num_predict": .integer, "temperature": .number,
        "top_k": .integer, "top_p": .number, "min_p": .number, "typical_p": .number,
        "repeat_last_n": .integer, "repeat_penalty": .number, "presence_penalty": .number,
        "frequency_penalty": .number, "stop": .texts,
    ]

    /// What llama.cpp has beside those; Ollama does not know them, or not any more.
    private static let additional: [String: ParameterType] = [
        "grammar": .text, "logit_bias": .json, "mirostat": .integer, "mirostat_tau": .number,
        "mirostat_eta": .number, "dry_multiplier": .number, "dry_base": .number,
        "dry_allowed_length": .integer, "dry_penalty_last_n": .integer,
        "dry_sequence_breakers": .texts, "xtc_probability": .number, "xtc_threshold": .number,
    ]

    /// All that count, by name.
    package static let all = loading.merging(sampling) { $1 }.merging(additional) { $1 }

    /// Names of old Modelfiles.
    private static let old: [String: ParameterType] = [
        "penalize_newline": .ignored, "low_vram": .ignored, "f16_kv": .ignored,
        "logits_all": .ignored, "vocab_only": .ignored, "use_mlock": .ignored,
    ]

    /// Reads a value; nil when it is not of this type.
    ///
    /// - Parameter text: The value, as it is written.
    package func value(_ text: String) -> JSONValue? {
        switch self {
        case .integer: Int64(text).map { .integer($0) }
        case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .flag: Self.flags[text].map { .bool($0) }
        case .text, .texts, .ignored: .string(text)
        // Nil is what a text without JSON in it means here.
        case .json: try? JSONValue(parsing: text.utf8)
        }
    }

    private static let flags = [
        "1": true, "t": true, "T": true, "true": true, "TRUE": true, "True": true,
        "0": false, "f": false, "F": false, "false": false, "FALSE": false, "False": false,
    ]
}

package import JSON

/// The `options` of a request, or the parameters of a model.
///
/// Each has its type; a value of another type is refused, a name that nobody knows is only noted.
/// Null means that nothing was said. Whole numbers may be written with a fraction, which does not
/// count.
package struct GenerationOptions: Sendable, Hashable {
    private enum Kind: String {
        case integer
        case number = "float32"
        case flag = "boolean"
        case text = "string"
        case texts = "array"
        /// Numbers by token: an object, or a list of pairs.
        case biases = "object"
    }

    /// What decides how an engine is started: a model that is loaded with other values is another
    /// residency.
    private static let loading: [String: Kind] = [
        "num_ctx": .integer, "num_batch": .integer, "num_gpu": .integer, "main_gpu": .integer,
        "use_mmap": .flag, "num_thread": .integer, "draft_num_predict": .integer,
    ]

    /// Ollama's options of a request.
    private static let sampling: [String: Kind] = [
        "num_keep": .integer, "seed": .integer, "num_predict": .integer, "temperature": .number,
        "top_k": .integer, "top_p": .number, "min_p": .number, "typical_p": .number,
        "repeat_last_n": .integer, "repeat_penalty": .number, "presence_penalty": .number,
        "frequency_penalty": .number, "stop": .texts,
    ]

    /// What llama.cpp has beside them.
    private static let additional: [String: Kind] = [
        "grammar": .text, "logit_bias": .biases, "mirostat": .integer, "mirostat_tau": .number,
        "mirostat_eta": .number, "dry_multiplier": .number, "dry_base": .number,
        "dry_allowed_length": .integer, "dry_penalty_last_n": .integer,
        "dry_sequence_breakers": .texts, "xtc_probability": .number, "xtc_threshold": .number,
    ]

    private static let kinds = loading.merging(sampling) { $1 }.merging(additional) { $1 }

    /// What was said, by name.
    package private(set) var values: [String: JSONValue] = [:]
    /// Names that nobody knows, in order.
    package private(set) var unknown: [String] = []

    /// Nothing was said.
    package init() {}

    /// Reads options.
    ///
    /// - Parameter json: The options.
    /// - Throws: `ParameterError` with the first one whose value is of a wrong type or too much.
    package init(_ json: JSONObject) throws(ParameterError) {
        for (name, value) in json.members where !value.isNull {
            guard let kind = Self.kinds[name] else {
                unknown.append(name)
                continue
            }
            values[name] = try Self.checked(value, kind, name)
        }
    }

    /// These options where something was said, else others.
    ///
    /// - Parameter others: What counts where nothing was said.
    package func falling(backTo others: GenerationOptions) -> GenerationOptions {
        var result = self
        result.values.merge(others.values) { own, _ in own }
        return result
    }

    /// An option that is a whole number.
    package func integer(_ name: String) -> Int? { values[name]?.integerValue }
    /// An option that is a number.
    package func number(_ name: String) -> Double? { values[name]?.doubleValue }
    /// An option that is a list of texts.
    package func texts(_ name: String) -> [String]? {
        values[name]?.arrayValue?.compactMap(\.stringValue)
    }

    /// The part that decides how an engine is started.
    package var loadTime: [String: JSONValue] {
        values.filter { Self.loading[$0.key] != nil }
    }

    /// The part that goes with each request to llama-server, under its names.
    package var engineParameters: JSONObject {
        let names = [
            "num_keep": "n_keep", "num_predict": "n_predict", "typical_p": "typical_p",
        ]
        var result: JSONObject = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where Self.loading[name] == nil
        {
            result[names[name] ?? name] = value
        }
        return result
    }

    // MARK: Types

    /// Most texts of a list, and most characters of each: every piece of an answer is held against
    /// all of them.
    private static let (mostTexts, longestText) = (64, 1000)

    private static func checked(
        _ value: JSONValue,
        _ kind: Kind,
        _ name: String
    ) throws(ParameterError) -> JSONValue {
        let refusal = ParameterError("option \"\(name)\" must be of type \(kind.rawValue)")
        switch kind {
        case .integer:
            if case .integer = value { return value }
            guard let number = value.doubleValue,
                let whole = Int64(exactly: number.rounded(.towardZero))
            else { throw refusal }
            return .integer(whole)
        case .number:
            guard value.doubleValue != nil else { throw refusal }
        case .flag:
            guard value.boolValue != nil else { throw refusal }
        case .text:
            guard value.stringValue != nil else { throw refusal }
        case .texts:
            guard let items = value.arrayValue else { throw refusal }
            try checkTexts(items, name)
            // An empty one is in every text: it would end the answer before it began.
            return .array(items.filter { $0.stringValue != "" })
        case .biases:
            try checkBiases(value, name, refusal)
        }
        return value
    }

    private static func checkTexts(
        _ items: [JSONValue],
        _ name: String
    ) throws(ParameterError) {
        guard items.count <= mostTexts else {
            throw ParameterError("option \"\(name)\" must have at most \(mostTexts) strings")
        }
        for item in items {
            guard let text = item.stringValue else {
                throw ParameterError("option \"\(name)\" must be of an array of strings")
            }
            guard text.unicodeScalars.count <= longestText else {
                throw ParameterError(
                    "option \"\(name)\" must have strings of at most \(longestText) characters"
                )
            }
        }
    }

    /// A bias is a number, or `false` for a token that must not come.
    private static func checkBiases(
        _ value: JSONValue,
        _ name: String,
        _ refusal: ParameterError
    ) throws(ParameterError) {
        func isBias(_ value: JSONValue) -> Bool {
            value.doubleValue != nil || value.boolValue == false
        }
        if let object = value.objectValue {
            guard object.members.allSatisfy({ isBias($0.value) }) else {
                throw ParameterError("option \"\(name)\" must have a number for each token")
            }
            return
        }
        guard let pairs = value.arrayValue else { throw refusal }
        for pair in pairs {
            guard let parts = pair.arrayValue, parts.count == 2, isBias(parts[1]),
                parts[0].integerValue != nil || parts[0].stringValue != nil
            else { throw ParameterError("option \"\(name)\" must have pairs of token and number") }
        }
    }
}

internal import JSON
internal import VocabularyProtocol

/// What a service asks for.
///
/// All of these throw `CancellationError` when the task is cancelled, else `VocabularyError`.
extension VocabularyClient {
    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - text: At most `VocabularyLimits.textBytes`.
    ///   - file: The model's GGUF file, an absolute path; the first one of a split model.
    ///   - addSpecial: Whether the tokens are added that begin and end every text of this model.
    ///   - parseSpecial: Whether names of special tokens in the text stand for these tokens; never
    ///     for what a client wrote.
    /// - Returns: At most `VocabularyLimits.tokens`.
    /// - Throws: `VocabularyError`, `CancellationError`.
    package nonisolated func tokenize(
        _ text: String,
        model file: String,
        addSpecial: Bool,
        parseSpecial: Bool
    ) async throws -> [Int] {
        let reply = try await ask("tokenize", text, file, addSpecial, parseSpecial)
        return try Self.require(reply["tokens"]?.arrayValue?.compactMap(\.integerValue))
    }

    /// How many tokens a text has; without a limit but that of the text.
    ///
    /// - Parameters:
    ///   - text: At most `VocabularyLimits.textBytes`.
    ///   - file: The model's GGUF file, an absolute path; the first one of a split model.
    ///   - addSpecial: Whether the tokens are added that begin and end every text of this model.
    ///   - parseSpecial: Whether names of special tokens in the text stand for these tokens.
    /// - Returns: The number.
    /// - Throws: `VocabularyError`, `CancellationError`.
    package nonisolated func count(
        _ text: String,
        model file: String,
        addSpecial: Bool,
        parseSpecial: Bool
    ) async throws -> Int {
        let reply = try await ask("count", text, file, addSpecial, parseSpecial)
        return try Self.require(reply["count"]?.integerValue)
    }

    /// The text of tokens.
    ///
    /// - Parameters:
    ///   - tokens: At most `VocabularyLimits.tokens`, all of them in the vocabulary.
    ///   - file: The model's GGUF file, an absolute path; the first one of a split model.
    ///   - showSpecial: Whether special tokens are written, by their names.
    /// - Returns: At most `VocabularyLimits.textBytes`; bytes that make no character are U+FFFD.
    /// - Throws: `VocabularyError`, `CancellationError`.
    package nonisolated func detokenize(
        _ tokens: [Int],
        model file: String,
        showSpecial: Bool = true
    ) async throws -> String {
        guard tokens.count <= VocabularyLimits.tokens else {
            let limit = "more than \(VocabularyLimits.tokens)"
            throw VocabularyError(.tooLarge, "there are \(tokens.count) tokens, \(limit)")
        }
        let reply = try await request([
            "action": "detokenize", "file": .string(file),
            "tokens": .array(tokens.map { JSONValue($0) }), "special": .bool(showSpecial),
        ])
        return try Self.require(reply["text"]?.stringValue)
    }

    /// What a vocabulary is like; loads it, so it also serves to do that in advance.
    ///
    /// - Parameter file: The model's GGUF file, an absolute path; the first one of a split model.
    /// - Returns: Its description.
    /// - Throws: `VocabularyError`, `CancellationError`.
    package nonisolated func describe(model file: String) async throws -> VocabularyDescription {
        let reply = try await request(["action": "describe", "file": .string(file)])
        return VocabularyDescription(
            beginning: reply["bos"]?.integerValue,
            end: reply["eos"]?.integerValue,
            addsBeginning: try Self.require(reply["add_bos"]?.boolValue),
            size: try Self.require(reply["size"]?.integerValue)
        )
    }

    private nonisolated func ask(
        _ action: String,
        _ text: String,
        _ file: String,
        _ addSpecial: Bool,
        _ parseSpecial: Bool
    ) async throws -> JSONObject {
        let count = text.utf8.count
        guard count <= VocabularyLimits.textBytes else {
            let limit = "more than \(VocabularyLimits.textBytes)"
            throw VocabularyError(.tooLarge, "the text has \(count) bytes, \(limit)")
        }
        return try await request([
            "action": .string(action), "file": .string(file), "text": .string(text),
            "add_special": .bool(addSpecial), "parse_special": .bool(parseSpecial),
        ])
    }

    private static func require<Value>(_ value: Value?) throws(VocabularyError) -> Value {
        guard let value else {
            throw VocabularyError(.failed, "the vocabulary process answers something else")
        }
        return value
    }
}

/// What a vocabulary is like.
package struct VocabularyDescription: Sendable, Hashable {
    /// The token that begins a text, if there is one.
    package let beginning: Int?
    /// The token that ends a text, if there is one.
    package let end: Int?
    /// Whether the model wants every text to begin with `beginning`.
    package let addsBeginning: Bool
    /// How many tokens there are.
    package let size: Int
}

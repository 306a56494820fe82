internal import JSON

/// What a vector is made of.
enum EmbedInput: Sendable, Hashable {
    case text(String)
    /// The numbers of tokens, as they are.
    case tokens([Int])

    /// As the engine takes it.
    var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .tokens(let tokens): .array(tokens.map { JSONValue($0) })
        }
    }
}

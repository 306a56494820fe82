/// Which tools a model is to call, as OpenAI's and Anthropic's clients say it.
package enum ToolChoice: Sendable, Hashable {
    /// Those that it likes, or none.
    case auto
    /// None.
    case none
    /// One at least.
    case required
    /// This one.
    case named(String)

    /// Whether it must call one.
    package var isDemanded: Bool {
        switch self {
        case .auto, .none: false
        case .required, .named: true
        }
    }

    /// The tools that may be called.
    ///
    /// - Parameters:
    ///   - tools: All that the client told of.
    ///   - field: What refusals call the choice's place.
    /// - Throws: `Refusal` when there is none to call, though one must be.
    package func pick(from tools: [Tool], field: String) throws(Refusal) -> [Tool] {
        switch self {
        case .auto: return tools
        case .none: return []
        case .required:
            guard !tools.isEmpty else {
                throw Refusal(badRequest: "there are no tools to call", field: field)
            }
            return tools
        case .named(let name):
            let named = tools.filter { $0.name == name }
            guard !named.isEmpty else {
                throw Refusal(badRequest: "there is no tool '\(name)'", field: field)
            }
            return named
        }
    }
}

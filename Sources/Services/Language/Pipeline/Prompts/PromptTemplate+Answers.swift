internal import GoTemplate

/// What a template says of the model's own answers.
extension PromptTemplate {
    /// The texts around `.Thinking`, which the model writes itself; nil when there are none.
    package var thinkingTags: (open: String, close: String)? {
        let texts: (String, String)? = Self.first(in: template.body) { place in
            guard case .part(let index, let nodes) = place, index > 0, index + 1 < nodes.count,
                case .action(let pipeline) = nodes[index], pipeline.uses("Thinking"),
                case .text(let before) = nodes[index - 1],
                case .text(let after) = nodes[index + 1]
            else { return nil }
            return (before, after)
        }
        guard let (before, after) = texts else { return nil }
        let (open, close) = (Self.trimmed(before), Self.trimmed(after))
        return open.isEmpty || close.isEmpty ? nil : (open, close)
    }

    /// The text that comes before the calls of tools: a tag, or `{` where there is none.
    package var toolCallTag: String {
        let body: [GoNode]? = Self.first(in: template.body) { place in
            guard case .condition(let branch) = place, branch.pipeline.uses("ToolCalls") else {
                return nil
            }
            return branch.body
        }
        guard let body, let text = Self.firstText(in: body) else { return "{" }
        let tag = Self.trimmed(text).prefix { $0 != "{" }
        return tag.isEmpty ? "{" : Self.trimmed(String(tag))
    }

    /// A place in a template.
    private enum Place {
        /// A part among its neighbours.
        case part(Int, of: [GoNode])
        /// A condition of `if`.
        case condition(GoBranch)
    }

    /// Looks at all places in order, those inside of a part after it.
    private static func first<Found>(
        in nodes: [GoNode],
        _ find: (Place) -> Found?
    ) -> Found? {
        for (index, node) in nodes.enumerated() {
            if let found = find(.part(index, of: nodes)) { return found }
            for branch in node.branches {
                if case .when = node, let found = find(.condition(branch)) { return found }
                if let found = first(in: branch.body, find) { return found }
            }
            if let found = first(in: node.otherwise, find) { return found }
        }
        return nil
    }

    /// The first text that is written; nil when an action writes something before it.
    private static func firstText(in nodes: [GoNode]) -> String? {
        for node in nodes {
            switch node {
            case .text(let text) where !trimmed(text).isEmpty: return text
            case .text: continue
            case .when, .with, .range:
                for branch in node.branches {
                    if let text = firstText(in: branch.body) { return text }
                }
                return firstText(in: node.otherwise)
            case .action, .call, .leave, .skip: return nil
            }
        }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

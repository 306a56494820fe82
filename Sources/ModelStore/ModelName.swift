/// The name of a model: `[host/][namespace/]model[:tag]`.
///
/// Names that differ in their letters' case alone are the same.
package struct ModelName: Sendable {
    /// The registry's host, with its port if it has one.
    package let host: String
    /// Whose model it is.
    package let namespace: String
    /// The model.
    package let model: String
    /// Which of its variants.
    package let tag: String

    private static let usualHost = "registry.ollama.ai"
    private static let usualNamespace = "library"
    private static let usualTag = "latest"

    /// Reads a name; nil when it is none.
    ///
    /// - Parameter text: The name; a scheme in front does not count.
    package init?(_ text: String) {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.popLast(), parts.count <= 2 else { return nil }
        let pieces = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        model = String(pieces[0])
        tag = pieces.count > 1 ? String(pieces[1]) : Self.usualTag
        namespace = parts.popLast().map { String($0) } ?? Self.usualNamespace
        host = parts.popLast().map { String($0) } ?? Self.usualHost
        guard Self.isPart(model, "_.-", 80), Self.isPart(tag, "_.-", 80),
            Self.isPart(namespace, "_-", 80), Self.isPart(host, "_.-:", 350)
        else { return nil }
    }

    /// The name without the parts that are as usual, but with its tag.
    package var short: String {
        var result = "\(model):\(tag)"
        if namespace != Self.usualNamespace || host != Self.usualHost {
            result = "\(namespace)/\(result)"
        }
        return host == Self.usualHost ? result : "\(host)/\(result)"
    }

    /// The name with all its parts.
    package var full: String { "\(host)/\(namespace)/\(model):\(tag)" }

    private static func isPart(_ text: String, _ others: String, _ longest: Int) -> Bool {
        guard (1...longest).contains(text.utf8.count), let first = text.utf8.first else {
            return false
        }
        return (isAlphanumeric(first) || first == UInt8(ascii: "_"))
            && text.utf8.allSatisfy { isAlphanumeric($0) || others.utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension ModelName: Hashable {
    /// Whether two names mean one model.
    package static func == (left: ModelName, right: ModelName) -> Bool {
        left.full.lowercased() == right.full.lowercased()
    }

    /// Hashes names of one model to one number.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(full.lowercased())
    }
}

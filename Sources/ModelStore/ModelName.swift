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
    /// - Parameter text: The name; a scheme in front, as in `https://`, does not count.
    package init?(_ text: String) {
        var rest = text[...]
        if let mark = rest.firstRange(of: "://") {
            guard Self.isScheme(rest[..<mark.lowerBound]) else { return nil }
            rest = rest[mark.upperBound...]
        }
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
        let isUsualHost = host.lowercased() == Self.usualHost
        var result = "\(model):\(tag)"
        if !isUsualHost || namespace.lowercased() != Self.usualNamespace {
            result = "\(namespace)/\(result)"
        }
        return isUsualHost ? result : "\(host)/\(result)"
    }

    /// The name with all its parts.
    package var full: String { "\(host)/\(namespace)/\(model):\(tag)" }

    /// Whether it begins with a letter and has letters, digits, `+`, `-` and `.` (RFC 3986, 3.1).
    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            isAlphanumeric(first)
        else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "+-.".utf8.contains($0) }
    }

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

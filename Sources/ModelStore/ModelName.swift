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
    /// The full name in small letters, by which names are compared.
    private let key: String

    private static let usualHost = "registry.ollama.ai"
    private static let usualNamespace = "library"
    private static let usualTag = "latest"

    /// Reads a name; nil when it is none.
    ///
    /// - Parameter text: The name; a scheme in front, as in `https://`, does not count.
    package init?(_ text: String) {
        var rest = text[...]
        if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[colon...].hasPrefix("://")
        {
            guard Self.isScheme(text[..<colon]) else { return nil }
            rest = text[colon...].dropFirst(3)
        }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.popLast(), parts.count <= 2 else { return nil }
        let pieces = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let namespace = parts.popLast().map { String($0) } ?? Self.usualNamespace
        self.init(
            host: parts.popLast().map { String($0) } ?? Self.usualHost,
            namespace: namespace,
            model: String(pieces[0]),
            tag: pieces.count > 1 ? String(pieces[1]) : Self.usualTag
        )
    }

    /// Makes a name of all its parts; nil when one of them cannot be that.
    init?(host: String, namespace: String, model: String, tag: String) {
        guard Part.model.allows(model), Part.tag.allows(tag), Part.namespace.allows(namespace),
            Part.host.allows(host)
        else { return nil }
        self.host = host
        self.namespace = namespace
        self.model = model
        self.tag = tag
        key = "\(host)/\(namespace)/\(model):\(tag)".lowercased()
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

    fileprivate static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension ModelName {
    /// What a name is made of, in the order in which folders of a store are.
    enum Part: Int {
        case host, namespace, model, tag

        /// Whether a text can be such a part.
        func allows(_ text: String) -> Bool {
            let others = others.utf8
            let isAlphanumeric = ModelName.isAlphanumeric
            guard (1...longest).contains(text.utf8.count), let first = text.utf8.first,
                isAlphanumeric(first) || first == UInt8(ascii: "_")
            else { return false }
            return text.utf8.allSatisfy { isAlphanumeric($0) || others.contains($0) }
        }

        /// Marks that it may have beside letters and digits.
        private var others: String {
            switch self {
            case .host: "_.-:"
            case .namespace: "_-"
            case .model, .tag: "_.-"
            }
        }

        private var longest: Int { self == .host ? 350 : 80 }
    }
}

extension ModelName: Hashable {
    /// Whether two names mean one model.
    package static func == (left: ModelName, right: ModelName) -> Bool {
        left.key == right.key
    }

    /// Hashes names of one model to one number.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(key)
    }
}

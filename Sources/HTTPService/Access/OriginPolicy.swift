/// Which web pages may use the server (CORS, in the Fetch standard).
///
/// A request that carries a foreign `Origin` which is not on the list is refused rather than answered
/// without permission: a browser would only keep the answer from the page, and the work would be done
/// all the same.
package struct OriginPolicy: Sendable, Hashable {
    /// A pattern cut at its stars.
    private struct Pattern: Hashable {
        let pieces: [String]

        init(_ text: String) {
            pieces = text.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        }

        func matches(_ origin: String) -> Bool {
            guard pieces.count > 1 else { return origin == pieces[0] }
            guard origin.hasPrefix(pieces[0]) else { return false }
            var rest = origin.dropFirst(pieces[0].count)
            for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
                guard let found = Self.first(piece, in: rest) else { return false }
                rest = rest[found...].dropFirst(piece.count)
            }
            return rest.hasSuffix(pieces[pieces.count - 1])
        }

        private static func first(_ piece: String, in text: Substring) -> Substring.Index? {
            text.indices.first { text[$0...].hasPrefix(piece) }
        }
    }

    private let patterns: [Pattern]

    /// Creates a policy.
    ///
    /// - Parameter patterns: Origins such as "https://example.org"; "*" stands for any text in them.
    ///   Pages of the server's own are always admitted.
    package init(_ patterns: [String] = []) {
        self.patterns = patterns.map(Pattern.init)
    }

    /// Whether a page may use the server.
    ///
    /// - Parameters:
    ///   - origin: The `Origin` field; "null" for pages that have none to tell.
    ///   - host: The `Host` field.
    func admits(_ origin: String, host: String?) -> Bool {
        if let host, origin == "http://" + host || origin == "https://" + host { return true }
        return patterns.contains { $0.matches(origin) }
    }

    /// The fields that let a page read an answer.
    static func fields(for origin: String) -> [(String, String)] {
        [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", "X-Request-Id, Server-Timing, Retry-After"),
            ("Vary", "Origin"),
        ]
    }

    /// The fields with which a page's question before its request is answered.
    ///
    /// - Parameters:
    ///   - methods: What the path answers to.
    ///   - headers: The fields that the page wants to send, as it listed them.
    ///   - isPrivate: Whether the page asks from a public address for a private one.
    static func preflight(
        methods: String,
        headers: String?,
        isPrivate: Bool
    ) -> [(String, String)] {
        var fields = [
            ("Access-Control-Allow-Methods", methods), ("Access-Control-Max-Age", "600"),
        ]
        // Whoever may use the server may send what it understands and what it ignores.
        if let headers { fields.append(("Access-Control-Allow-Headers", headers)) }
        if isPrivate { fields.append(("Access-Control-Allow-Private-Network", "true")) }
        return fields
    }
}

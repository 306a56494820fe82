/// A name in a template or in what it is filled with; two are the same when their bytes are.
///
/// To Swift "é" is the same text in one code point and in two, and comes where people look for it;
/// to Go they are two names, ordered by their bytes.
package struct GoKey: Sendable, Hashable, Comparable {
    /// The name.
    package let text: String

    /// Takes a name.
    ///
    /// - Parameter text: The name.
    package init(_ text: String) {
        self.text = text
    }

    /// Compares the bytes.
    package static func == (left: GoKey, right: GoKey) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Orders by the bytes.
    package static func < (left: GoKey, right: GoKey) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Hashes the bytes.
    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension GoKey: ExpressibleByStringLiteral {
    /// Takes a name.
    package init(stringLiteral value: String) { text = value }
}

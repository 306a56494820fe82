/// Bounds that both ends of the vocabulary protocol know.
package enum VocabularyLimits {
    /// Most bytes of a text in UTF-8: 4 MiB; chosen.
    ///
    /// Ten thousand messages of 400 bytes, and a million tokens of most languages: as much as the
    /// largest contexts hold. Texts are not tokenized in pieces, because tokens may span any cut.
    package static let textBytes = 4 << 20
    /// Most tokens in one request or reply; chosen: twice the largest contexts.
    package static let tokens = 2 << 20
    /// Most bytes of a frame: the longest text when each of its bytes is written as `\u0001`.
    ///
    /// The most tokens take less, at eight bytes each.
    package static let frameBytes = 6 * textBytes + (64 << 10)
    /// Vocabularies that are kept, unless the command line says otherwise.
    package static let vocabularies = 4
    /// The descriptor on which the process finds its connection.
    package static let connection: Int32 = 3
}

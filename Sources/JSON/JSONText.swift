/// A long text that stays where it was read, so that an image in base64 is not copied.
///
/// It keeps the whole document in memory.
package final class JSONText: Sendable {
    private let document: [UInt8]
    private let range: Range<Int>

    /// From this many bytes a text is left in place.
    static let shortest = 64 << 10

    /// Takes a part of a document.
    ///
    /// - Parameters:
    ///   - range: Where the text stands; it must be UTF-8.
    ///   - document: The bytes around it.
    init(_ range: Range<Int>, of document: [UInt8]) {
        precondition(document.indices.contains(range), "the text is in the document")
        self.document = document
        self.range = range
    }

    /// Takes a text.
    ///
    /// - Parameter text: The text.
    package convenience init(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.indices, of: bytes)
    }

    /// The text's UTF-8.
    package var utf8: ArraySlice<UInt8> { document[range] }

    /// The text, as a copy.
    package var string: String { String(decoding: utf8, as: UTF8.self) }
}

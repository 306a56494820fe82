/// Takes away what an engine repeats of a text that it was to go on with.
///
/// llama-server begins an answer that it continues with what it was given. If the first bytes are
/// others, it does not, and everything goes through.
package struct EchoFilter: Sendable {
    private var expected: ArraySlice<UInt8>

    /// Begins with an answer.
    ///
    /// - Parameter text: What it may begin with again.
    package init(_ text: String) {
        expected = Array(text.utf8)[...]
    }

    /// Takes a piece of the answer.
    ///
    /// - Parameter text: The piece.
    /// - Returns: What is new in it.
    package mutating func take(_ text: String) -> String {
        guard !expected.isEmpty, !text.isEmpty else { return text }
        let bytes = Array(text.utf8)
        let count = min(bytes.count, expected.count)
        guard bytes.prefix(count).elementsEqual(expected.prefix(count)) else {
            expected = []
            return text
        }
        expected = expected.dropFirst(count)
        return String(decoding: bytes.dropFirst(count), as: UTF8.self)
    }
}

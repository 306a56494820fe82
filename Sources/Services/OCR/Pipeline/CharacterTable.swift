/// The characters that a recognition graph knows, by class.
///
/// Class 0 is the blank that separates characters, the last class is the space, and those between
/// come from the graph's `character` metadata.
package struct CharacterTable: Hashable, Sendable {
    /// The text of each class; empty for the blank.
    package let texts: [String]

    /// The number of classes, blank and space included.
    package var count: Int { texts.count }

    /// Reads a graph's list of characters.
    ///
    /// - Parameter list: One character a line; a line feed or a carriage return and a line feed end
    ///   a line. A line may hold several scalars, and an empty one is a class without a text.
    /// - Throws: `PipelineError.noCharacters` if the list is empty.
    package init(list: String) throws(PipelineError) {
        // By bytes: as characters, a carriage return and a line feed are one.
        var lines = list.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard !lines.isEmpty else { throw .noCharacters }
        var texts = [""]
        texts.reserveCapacity(lines.count + 2)
        for line in lines {
            let end = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            texts.append(String(Substring(end)))
        }
        texts.append(" ")
        self.texts = texts
    }
}

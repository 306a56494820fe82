/// All that a GGUF file says before its weights: the metadata and the tensors' descriptions.
package struct GGUFDescription: Sendable {
    /// Which lists of the metadata are read.
    package enum Lists: Sendable {
        /// Short ones of numbers or truth values; of the others only the length.
        case short
        /// All, vocabularies too, up to four million elements of a file together; beyond that only
        /// the length. They take about 32 bytes of memory for each element.
        case whole
    }

    /// The metadata.
    package let header: GGUFHeader
    /// The tensors, in the file's order.
    package let tensors: [GGUFTensor]

    /// Reads a file up to its weights; blocks while it does.
    ///
    /// Reads some kilobytes to some megabytes, by the vocabulary, 64 MiB at most.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - lists: Which lists are kept.
    /// - Throws: `HeaderError` when it cannot be read, is of another kind, or is broken.
    package init(path: String, lists: Lists = .short) throws(HeaderError) {
        try self.init(reading: HeaderReader(path: path), lists)
    }

    /// Reads what lies at the start of these bytes.
    ///
    /// - Parameters:
    ///   - bytes: A file's content.
    ///   - lists: Which lists are kept.
    /// - Throws: `HeaderError` when they are of another kind or broken.
    package init(parsing bytes: [UInt8], lists: Lists = .short) throws(HeaderError) {
        try self.init(reading: HeaderReader(bytes: bytes), lists)
    }

    private init(reading reader: HeaderReader, _ lists: Lists) throws(HeaderError) {
        let reader = GGUFReader(reader, keepsLists: lists == .whole)
        header = try reader.header()
        tensors = try reader.tensors(of: header)
    }

    /// How many numbers all tensors of this file have together; `Int.max` when they are more.
    package var parameterCount: Int {
        tensors.reduce(0) { sum, tensor in
            let (total, overflowed) = sum.addingReportingOverflow(tensor.elements)
            return overflowed ? .max : total
        }
    }

    /// A tensor by its name; nil when there is none.
    ///
    /// - Parameter name: The name.
    /// - Complexity: O(tensors).
    package func tensor(_ name: String) -> GGUFTensor? { tensors.first { $0.name == name } }

    /// Whether any tensor's name begins with a text.
    ///
    /// - Parameter start: The text.
    /// - Complexity: O(tensors).
    package func hasTensors(startingWith start: String) -> Bool {
        tensors.contains { $0.name.utf8.starts(with: start.utf8) }
    }
}

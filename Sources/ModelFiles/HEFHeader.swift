/// What a HEF file, a network compiled for a Hailo chip, says about itself.
package struct HEFHeader: Sendable, Hashable {
    /// A family of chips.
    package struct Chip: Sendable, Hashable, CustomStringConvertible {
        /// The number that stands for it in a file.
        package let number: UInt64

        /// Its name; "chip 101" for one that is not sold.
        package var description: String {
            switch number {
            case 0: "Hailo-8"
            case 1: "Hailo-8P"
            case 2: "Hailo-8R"
            case 3: "Hailo-8L"
            case 4: "Hailo-15M"
            case 6: "Hailo-15L"
            // One number for both.
            case 103: "Hailo-10H or Hailo-15H"
            default: "chip \(number)"
            }
        }
    }

    /// The format's version: 0 to 3.
    package let version: Int
    /// The chips that it is compiled for.
    package let chip: Chip
    /// The version of the compiler, where the file names it.
    package let compiler: String?
    /// The names of its network groups; each takes a slot of the chip.
    package let groups: [String]
    /// Bytes of the weights; nil where they lie among the rest (version 0).
    package let weightBytes: Int?
    /// Whether it keeps something from one run to the next: the KV cache of a language model.
    package let hasCaches: Bool

    /// Describes a header.
    init(
        version: Int,
        chip: Chip,
        compiler: String?,
        groups: [String],
        weightBytes: Int?,
        hasCaches: Bool
    ) {
        self.version = version
        self.chip = chip
        self.compiler = compiler
        self.groups = groups
        self.weightBytes = weightBytes
        self.hasCaches = hasCaches
    }

    /// Reads the header of a file; blocks while it does.
    ///
    /// Steps over weights and instructions; reads 64 MiB at most. No checksum is verified: that
    /// would read the whole file.
    ///
    /// - Parameter path: The file.
    /// - Throws: `HeaderError` when it cannot be read, is of another kind, or is broken.
    package init(path: String) throws(HeaderError) {
        self = try HEFReader(HeaderReader(path: path)).header()
    }

    /// Reads the header at the start of these bytes.
    ///
    /// - Parameter bytes: A file's content, whole.
    /// - Throws: `HeaderError` when they are of another kind or broken.
    package init(parsing bytes: [UInt8]) throws(HeaderError) {
        self = try HEFReader(HeaderReader(bytes: bytes)).header()
    }
}

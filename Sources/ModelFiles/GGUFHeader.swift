/// What the header of a GGUF file says about its model.
///
/// The names of entries are those of the format's description. Most begin with the architecture's
/// name: `llama.block_count`.
package struct GGUFHeader: Sendable, Hashable {
    /// One value of the metadata.
    package struct Entry: Sendable, Hashable {
        /// Where the value lies, in bytes from the start of the file.
        package let offset: Int
        /// The value.
        package let value: GGUFValue
        /// What a list's elements are; nil where the value is no list.
        package let elements: GGUFType?
    }

    /// The format's version: 2 or 3.
    package let version: Int
    /// How many tensors the file has.
    package let tensorCount: Int
    /// The metadata by key.
    package let entries: [String: Entry]
    /// Where the metadata end, in bytes from the start of the file.
    package let end: Int

    /// Describes a header.
    init(version: Int, tensorCount: Int, entries: [String: Entry], end: Int) {
        self.version = version
        self.tensorCount = tensorCount
        self.entries = entries
        self.end = end
    }

    /// Reads the header of a file; blocks while it does.
    ///
    /// Reads the metadata and nothing else: some kilobytes to some megabytes, by the vocabulary,
    /// 64 MiB at most.
    ///
    /// - Parameter path: The file.
    /// - Throws: `HeaderError` when it cannot be read, is of another kind, or is broken.
    package init(path: String) throws(HeaderError) {
        self = try GGUFReader(HeaderReader(path: path)).header()
    }

    /// Reads the header at the start of these bytes.
    ///
    /// - Parameter bytes: A file's content.
    /// - Throws: `HeaderError` when they are of another kind or broken.
    package init(parsing bytes: [UInt8]) throws(HeaderError) {
        self = try GGUFReader(HeaderReader(bytes: bytes)).header()
    }

    /// The kind of network: "llama", "qwen3", "bert", "clip"; nil in the later parts of a split
    /// file.
    package var architecture: String? { entries["general.architecture"]?.value.text }

    /// What the file is, where it says so: "model", "mmproj", "adapter".
    package var type: String? { entries["general.type"]?.value.text }

    /// How the file's model pools what it makes of each token; nil for models that write.
    ///
    /// 0 none, 1 mean, 2 the first token, 3 the last token, 4 a rank.
    package var poolingType: Int? { entry("pooling_type")?.value.count }

    /// The template in the Jinja language by which a conversation becomes a prompt.
    package var chatTemplate: String? { entries["tokenizer.chat_template"]?.value.text }

    /// The model's name.
    package var name: String? { entries["general.name"]?.value.text }

    /// The number that stands for how most weights are stored.
    package var fileType: Int? { entries["general.file_type"]?.value.count }

    /// Entries of the vocabulary.
    package var vocabularySize: Int? {
        if case .array(let count)? = entries["tokenizer.ggml.tokens"]?.value { return count }
        return entry("vocab_size")?.value.count
    }

    /// The context that the model was trained for, in tokens.
    package var contextLength: Int? { entry("context_length")?.value.count }

    /// How many layers it has.
    package var blockCount: Int? { entry("block_count")?.value.count }

    /// Numbers that stand for one token between the layers.
    package var embeddingLength: Int? { entry("embedding_length")?.value.count }

    /// Which part of a split file this is, counted from 0; nil for a whole file.
    package var part: Int? { entries["split.no"]?.value.count }

    /// How many parts a split file has; nil for a whole file.
    package var partCount: Int? { entries["split.count"]?.value.count }

    /// An entry of the architecture's own.
    ///
    /// - Parameter key: The key without the architecture's name.
    /// - Returns: Nil when there is none.
    package func entry(_ key: String) -> Entry? {
        architecture.flatMap { entries["\($0).\(key)"] }
    }

    /// An entry of the architecture's own that counts something.
    ///
    /// - Parameter key: The key without the architecture's name.
    /// - Returns: Its value.
    /// - Throws: `HeaderError` when it is missing or of another type.
    package func count(_ key: String) throws(HeaderError) -> Int {
        guard let architecture else {
            throw HeaderError(.missing("'general.architecture'"), at: end)
        }
        guard let entry = entry(key) else {
            throw HeaderError(.missing("'\(architecture).\(key)'"), at: end)
        }
        guard let count = entry.value.count else {
            throw HeaderError(.invalid("this value of '\(architecture).\(key)'"), at: entry.offset)
        }
        return count
    }
}

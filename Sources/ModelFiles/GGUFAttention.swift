/// What decides how much a model remembers of each token.
package struct GGUFAttention: Sendable, Hashable {
    /// One layer.
    package struct Layer: Sendable, Hashable {
        /// Heads whose keys and values are kept; 0 where a layer keeps none.
        package let keptHeads: Int
        /// Numbers of a head's key.
        package let keyLength: Int
        /// Numbers of a head's value.
        package let valueLength: Int
        /// Whether it looks back no further than the window.
        package let isWindowed: Bool
    }

    /// Most layers; as many as a list of the metadata keeps.
    static let mostLayers = GGUFReader.longestList

    /// The layers, in order.
    package let layers: [Layer]
    /// Heads that ask; the most where layers differ.
    package let headCount: Int
    /// How far windowed layers look back, in tokens; nil when the file has no window.
    package let window: Int?
    /// Whether tokens see only those before them; models that do not keep nothing.
    package let isCausal: Bool

    /// Takes it from a header.
    ///
    /// A window counts only for layers that the file marks: some files name a window that no layer
    /// has, and where the program knows the layers by heart the estimate is the upper bound.
    ///
    /// - Parameter header: The header.
    /// - Throws: `HeaderError` when something is missing or makes no sense.
    package init(_ header: GGUFHeader) throws(HeaderError) {
        let blocks = try header.count("block_count")
        guard blocks <= Self.mostLayers else {
            throw HeaderError(
                .tooMany(what: "layers", count: UInt64(blocks), most: Self.mostLayers),
                at: header.entry("block_count")?.offset ?? header.end
            )
        }
        let heads = try Self.perLayer("attention.head_count", of: header, blocks: blocks)
        guard let heads else {
            throw HeaderError(.missing("the number of attention heads"), at: header.end)
        }
        let kept = try Self.perLayer("attention.head_count_kv", of: header, blocks: blocks)
        let embedding = try header.count("embedding_length")
        let headCount = heads.max() ?? 0
        // A network without attention has no heads, and keeps nothing here.
        let length = headCount > 0 ? embedding / headCount : 0
        // The last layers may look into what an earlier one kept.
        let keeping = blocks - (header.entry("attention.shared_kv_layers")?.value.count ?? 0)
        layers = Self.marks(of: header, blocks: blocks).enumerated().map { index, isWindowed in
            func own(_ key: String) -> Int? {
                let windowed = isWindowed ? header.entry("\(key)_swa")?.value.count : nil
                return windowed ?? header.entry(key)?.value.count
            }
            return Layer(
                keptHeads: index < keeping ? (kept ?? heads)[index] : 0,
                keyLength: own("attention.key_length") ?? length,
                valueLength: own("attention.value_length") ?? length,
                isWindowed: isWindowed
            )
        }
        self.headCount = headCount
        let window = header.entry("attention.sliding_window")?.value.count
        self.window = window == 0 ? nil : window
        isCausal = header.entry("attention.causal")?.value.isTrue ?? true
    }

    /// A number for each layer, whether the file has one for all or a list; nil when it has
    /// neither.
    private static func perLayer(
        _ key: String,
        of header: GGUFHeader,
        blocks: Int
    ) throws(HeaderError) -> [Int]? {
        guard let entry = header.entry(key) else { return nil }
        guard case .list(let list) = entry.value else {
            return [Int](repeating: try header.count(key), count: blocks)
        }
        let counts = list.compactMap(\.count)
        guard counts.count == blocks, list.count == blocks else {
            throw HeaderError(.invalid("this list of '\(key)'"), at: entry.offset)
        }
        return counts
    }

    /// Which layers are windowed; none unless the file says so of each.
    private static func marks(of header: GGUFHeader, blocks: Int) -> [Bool] {
        if case .list(let list)? = header.entry("attention.sliding_window_pattern")?.value {
            let marks = list.compactMap(\.isTrue)
            if marks.count == blocks { return marks }
        }
        return [Bool](repeating: false, count: blocks)
    }
}

/// The settings that llama-server's arguments make.
extension Footprint.Settings {
    /// The prompt cache in MiB when nobody says anything else.
    private static let usualPromptCache = 8192

    /// Reads llama-server's arguments; those that do not matter here are passed over.
    ///
    /// The context of `-c` is shared by all slots, so they count as one. A prompt cache without a
    /// limit counts as the usual one.
    ///
    /// - Parameter arguments: The arguments, without the program's name.
    package init(arguments: [String]) {
        func value(_ names: String...) -> String? {
            let last = arguments.indices.last { names.contains(arguments[$0]) }
            return last.flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
        }
        // Zero means what the model or the program has by itself.
        func count(_ text: String?) -> Int? {
            text.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
        self.init(
            contextLength: count(value("-c", "--ctx-size")),
            keys: value("-ctk", "--cache-type-k").flatMap(CacheType.init) ?? .f16,
            values: value("-ctv", "--cache-type-v").flatMap(CacheType.init) ?? .f16
        )
        if let batch = count(value("-ub", "--ubatch-size")) { self.batch = batch }
        let cache = value("-cram", "--cache-ram").flatMap { Int($0) } ?? Self.usualPromptCache
        let mebibytes = cache < 0 ? Self.usualPromptCache : min(cache, 1 << 30)
        extraCacheBytes = mebibytes << 20
    }
}

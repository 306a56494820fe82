extension Footprint {
    /// What an estimate depends on beside the files: how the engine is started.
    ///
    /// The options named are llama-server's; the estimates for other engines have none.
    package struct Settings: Sendable, Hashable {
        /// Tokens that each slot may remember; nil for what the model was trained for.
        ///
        /// The option `-c` is for all slots together: this times `slots`.
        package var contextLength: Int?
        /// Requests that run at once: `-np`.
        package var slots: Int
        /// How keys are kept: `--cache-type-k`.
        package var keys: CacheType
        /// How values are kept: `--cache-type-v`.
        package var values: CacheType
        /// Tokens that are computed at once: `-ub`.
        package var batch: Int
        /// Bytes of other caches: `--cache-ram`, which is 8 GiB unless the engine is told
        /// otherwise.
        package var extraCacheBytes: Int

        /// Creates settings.
        ///
        /// - Parameters:
        ///   - contextLength: Tokens of each slot; nil for what the model was trained for.
        ///   - slots: Requests that run at once.
        ///   - keys: How keys are kept.
        ///   - values: How values are kept.
        ///   - batch: Tokens that are computed at once; 512 is the engine's default.
        ///   - extraCacheBytes: Bytes of other caches.
        package init(
            contextLength: Int? = nil,
            slots: Int = 1,
            keys: CacheType = .f16,
            values: CacheType = .f16,
            batch: Int = 512,
            extraCacheBytes: Int = 0
        ) {
            self.contextLength = contextLength
            self.slots = slots
            self.keys = keys
            self.values = values
            self.batch = batch
            self.extraCacheBytes = extraCacheBytes
        }
    }
}

/// The estimate for a network that was compiled for a Hailo chip.
///
/// The chip holds the file's content, and buffers for each network group. How large its KV cache
/// is, was fixed by the compiler and is not in the header.
extension FootprintParts {
    /// Bytes of the engine's process on the host; chosen: that of another engine without a model.
    private static let processBytes = 60_000_000.0
    /// Bytes of queues and buffers for a network group; chosen.
    private static let bytesOfGroup = 16_000_000.0
    /// Bytes of a KV cache; chosen: 2048 tokens of 28 layers that keep four heads of 128 numbers,
    /// keys and values, two bytes each, come to 117 MB.
    private static let bytesOfCache = 120_000_000.0

    init(hef file: ModelFile) throws(HeaderError) {
        let header = try HEFHeader(path: file.path)
        weights = Double(file.size)
        caches = header.hasCaches ? Self.bytesOfCache : 0
        working = Double(header.groups.count) * Self.bytesOfGroup
        process = Self.processBytes
    }
}

/// The estimate for a file of llama.cpp's.
///
/// DESIGN. The formulas follow what llama.cpp allocates:
/// - *weights*: the file, which it maps;
/// - *KV cache*: for each layer, slot and token of context, one key and one value of every kept
///   head. Cells come in multiples of 256. A windowed layer has room for its window and a batch
///   only;
/// - *working memory*: for each token of a batch, one number of four bytes for every entry of the
///   vocabulary (the last product is by far the largest) and some rows between the layers; and for
///   each token of context a mask, kept in four bytes and in two. That supposes flash attention,
///   the default; without it heads × batch × context × 4 bytes would come on top.
///
/// A projector (pictures, sound) keeps nothing, and its working memory depends on the picture's
/// size. Later parts of a split model and adapters are weights alone.
extension FootprintParts {
    /// Bytes of llama-server without weights, with a vocabulary of 150,000 entries; chosen.
    private static let processBytes = 100_000_000.0
    /// Rows of a token's numbers that exist at once: input, output and the widened ones of a
    /// feed-forward layer, which have up to four times the length; chosen.
    private static let rows = 8.0
    /// Working memory of a projector by its weights; chosen.
    private static let workingOfProjector = 1.0
    /// Cells of a KV cache are a multiple of this in llama.cpp.
    private static let cellStep = 256

    init(gguf file: ModelFile, _ settings: Footprint.Settings) throws(HeaderError) {
        let header = try GGUFHeader(path: file.path)
        weights = Double(file.size)
        process = Self.processBytes
        if header.part ?? 0 > 0 || header.type == "adapter" { return }
        guard header.architecture != "clip", header.type != "mmproj" else {
            working = Self.workingOfProjector * weights
            return
        }
        let attention = try GGUFAttention(header)
        let trained = try header.count("context_length")
        let context = settings.contextLength ?? trained
        let batch = min(settings.batch, context)
        caches = Self.cacheBytes(attention, context: context, batch: batch, settings)
        working = try Self.workingBytes(header, attention, context: context, batch: batch)
    }

    private static func cacheBytes(
        _ attention: GGUFAttention,
        context: Int,
        batch: Int,
        _ settings: Footprint.Settings
    ) -> Double {
        guard attention.isCausal else { return 0 }
        let all = cells(Double(context))
        let windowed = attention.window.map { min(all, cells(Double($0) + Double(batch))) } ?? all
        return Double(settings.slots)
            * attention.layers.reduce(0) { sum, layer in
                let bytesOfHead =
                    Double(layer.keyLength) * settings.keys.bytes
                    + Double(layer.valueLength) * settings.values.bytes
                let cells = layer.isWindowed ? windowed : all
                return sum + cells * Double(layer.keptHeads) * bytesOfHead
            }
    }

    private static func workingBytes(
        _ header: GGUFHeader,
        _ attention: GGUFAttention,
        context: Int,
        batch: Int
    ) throws(HeaderError) -> Double {
        guard let vocabulary = header.vocabularySize else {
            throw HeaderError(.missing("the vocabulary"), at: header.end)
        }
        // A model that only embeds gives no probabilities of the next token.
        let outputs = attention.isCausal ? Double(vocabulary) : 0
        let numbers = outputs + rows * Double(try header.count("embedding_length"))
        return Double(batch) * (4 * numbers + (4 + 2) * Double(context))
    }

    private static func cells(_ tokens: Double) -> Double {
        let step = Double(cellStep)
        return (tokens / step).rounded(.up) * step
    }
}

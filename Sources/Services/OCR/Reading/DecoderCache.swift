internal import OCRPipeline
internal import POSIX

/// The decoder of the last list of characters: the list has thousands, and pages rarely change it.
final class DecoderCache: Sendable {
    private let last = Guarded<(list: String, decoder: CTCDecoder)?>(nil)

    /// The decoder for a graph's list of characters.
    ///
    /// - Throws: `PipelineError.noCharacters` if the list is empty.
    func decoder(for list: String) throws(PipelineError) -> CTCDecoder {
        if let last = last.withLock({ $0 }), last.list == list { return last.decoder }
        let decoder = CTCDecoder(characters: try CharacterTable(list: list))
        last.withLock { $0 = (list, decoder) }
        return decoder
    }
}

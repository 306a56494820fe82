internal import CLlama
internal import CVocabulary
internal import VocabularyProtocol

/// The vocabulary of one GGUF file, without the weights.
///
/// Owns the library's model, which lives as long as this. Used by one thread at a time.
// Safe: both pointers are constant and valid until `deinit`; nothing outside sees them.
@safe
final class Vocabulary {
    /// How a text is read.
    struct Options {
        /// Whether the tokens are added that begin and end every text of this model.
        var addsSpecial: Bool
        /// Whether the names of special tokens in the text stand for these tokens.
        var parsesSpecial: Bool
    }

    private let model: OpaquePointer
    private let vocabulary: OpaquePointer
    /// The tokens that exist.
    let range: Range<Int>

    /// Loads a vocabulary; takes up to seconds for a large one.
    ///
    /// - Throws: `VocabularyError`, `invalidModel`, with the library's reason.
    init(path: String) throws(VocabularyError) {
        LibraryLog.begin()
        guard let model = unsafe Self.load(path) else {
            let reason = LibraryLog.firstError ?? "the library does not say why"
            throw VocabularyError(.invalidModel, "'\(path)' cannot be loaded: \(reason)")
        }
        let vocabulary = unsafe llama_model_get_vocab(model)
        // The library ends the process when one without a type is used.
        guard let vocabulary = unsafe vocabulary,
            unsafe llama_vocab_type(vocabulary) != LLAMA_VOCAB_TYPE_NONE,
            unsafe llama_vocab_n_tokens(vocabulary) > 0
        else {
            unsafe llama_model_free(model)
            throw VocabularyError(.invalidModel, "'\(path)' has no vocabulary")
        }
        unsafe self.model = model
        unsafe self.vocabulary = vocabulary
        range = unsafe 0..<Int(llama_vocab_n_tokens(vocabulary))
    }

    deinit {
        unsafe llama_model_free(model)
    }

    private static func load(_ path: String) -> OpaquePointer? {
        var parameters = unsafe llama_model_default_params()
        unsafe parameters.vocab_only = true
        unsafe parameters.n_gpu_layers = 0
        // An empty list: without one the library would look for devices, and start their drivers.
        var devices: ggml_backend_dev_t?
        return unsafe withUnsafeMutablePointer(to: &devices) { devices in
            unsafe parameters.devices = devices
            return unsafe llama_model_load_from_file(path, parameters)
        }
    }

    /// The token that begins a text, if there is one.
    var beginning: Int? { unsafe Self.token(llama_vocab_bos(vocabulary)) }

    /// The token that ends a text, if there is one.
    var end: Int? { unsafe Self.token(llama_vocab_eos(vocabulary)) }

    /// Whether the model wants every text to begin with `beginning`.
    var addsBeginning: Bool { unsafe llama_vocab_get_add_bos(vocabulary) }

    private static func token(_ number: llama_token) -> Int? {
        number == LLAMA_TOKEN_NULL ? nil : Int(number)
    }

    // MARK: Text to tokens

    /// How many tokens a text has.
    ///
    /// - Throws: `VocabularyError`.
    func count(of text: ArraySlice<UInt8>, _ options: Options) throws(VocabularyError) -> Int {
        var none: [Int32] = []
        return abs(try tokenize(text, into: &none, options))
    }

    /// The tokens of a text.
    ///
    /// - Throws: `VocabularyError`; `tooLarge` when there are more than a reply may have.
    func tokens(of text: ArraySlice<UInt8>, _ options: Options) throws(VocabularyError) -> [Int32] {
        // Mostly enough: a token has a byte or more, but for those that are added.
        var tokens = [Int32](repeating: 0, count: text.count + 8)
        var count = try tokenize(text, into: &tokens, options)
        if count < 0 {
            tokens = [Int32](repeating: 0, count: -count)
            count = try tokenize(text, into: &tokens, options)
        }
        guard count <= VocabularyLimits.tokens else {
            let limit = "more than \(VocabularyLimits.tokens)"
            throw VocabularyError(.tooLarge, "the text has \(count) tokens, \(limit)")
        }
        return Array(tokens.prefix(count))
    }

    /// The number of tokens; negated when there is not so much room, and then none is written.
    private func tokenize(
        _ text: ArraySlice<UInt8>,
        into tokens: inout [Int32],
        _ options: Options
    ) throws(VocabularyError) -> Int {
        let result = unsafe text.withUnsafeBytes { text in
            unsafe tokens.withUnsafeMutableBufferPointer { tokens in
                unsafe vocabulary_tokenize(
                    vocabulary,
                    text.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(text.count),
                    tokens.baseAddress,
                    Int32(tokens.count),
                    options.addsSpecial,
                    options.parsesSpecial
                )
            }
        }
        switch Int(result) {
        case Int(VOCABULARY_TOO_MANY): throw VocabularyError(.tooLarge, "too many tokens to count")
        case Int(VOCABULARY_NO_MEMORY):
            throw VocabularyError(.tooLarge, "\(text.count) bytes of text need too much memory")
        case Int(VOCABULARY_FAILED):
            throw VocabularyError(.badRequest, "this vocabulary has no tokens for the text")
        case let count: return count
        }
    }

    // MARK: Tokens to text

    /// The text of tokens, piece by piece as an engine writes it.
    ///
    /// Bytes that make no whole character become U+FFFD.
    ///
    /// - Parameters:
    ///   - tokens: Each of them in `range`, which the library does not check.
    ///   - showsSpecial: Whether special tokens are written, by their names.
    /// - Throws: `VocabularyError`, `tooLarge`.
    func text(of tokens: [Int32], showsSpecial: Bool) throws(VocabularyError) -> String {
        var bytes: [UInt8] = []
        var piece = [CChar](repeating: 0, count: 256)
        for token in tokens {
            var count = write(token, &piece, showsSpecial)
            if count < 0 {
                piece = [CChar](repeating: 0, count: -count)
                count = write(token, &piece, showsSpecial)
            }
            guard bytes.count + count <= VocabularyLimits.textBytes else {
                let limit = "more than \(VocabularyLimits.textBytes) bytes"
                throw VocabularyError(.tooLarge, "the text of the tokens has \(limit)")
            }
            for byte in piece.prefix(count) { bytes.append(UInt8(bitPattern: byte)) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(_ token: Int32, _ piece: inout [CChar], _ showsSpecial: Bool) -> Int {
        let capacity = Int32(piece.count)
        return unsafe Int(
            llama_token_to_piece(vocabulary, token, &piece, capacity, 0, showsSpecial)
        )
    }
}

internal import Configuration

/// What becomes of conversations whose model leaves.
struct ConversationSettings: Sendable {
    /// Where they are kept; nil for nowhere.
    var folder: String?
    /// Most bytes of all of them; 0 keeps none.
    var bytes = 1 << 30
    /// How long one is kept.
    var age = Duration.seconds(86_400)
    /// Shorter ones are not worth a file.
    var tokens = 256

    /// Keeps none.
    init() {}

    /// Reads the section.
    ///
    /// - Parameters:
    ///   - section: The section.
    ///   - folder: Where they are kept; nil for nowhere.
    init(_ section: ConfigurationReader, in folder: String?) {
        self.folder = folder
        bytes = section.bytes(
            "bytes",
            default: bytes,
            about: "Most bytes on the disk of conversations whose model has left; 0 keeps none."
        )
        age = section.duration(
            "age",
            default: age,
            in: .seconds(1) ... .seconds(365 * 86_400),
            about: "How long such a conversation is kept."
        )
        tokens = section.integer(
            "tokens",
            default: tokens,
            in: 1...16_777_216,
            about: "Tokens of a conversation that is worth a file."
        )
    }
}

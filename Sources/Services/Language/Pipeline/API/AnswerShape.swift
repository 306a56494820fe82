package import JSON

/// The form in which an answer goes to its client.
///
/// An answer has one choice after the other, nearly always a single one. Streamed, each choice comes
/// as pieces and an end, and the answer ends with what `finish` gives; or all of it comes at once.
package protocol AnswerShape: Sendable {
    /// The type of streams.
    static var streamType: String { get }

    /// A piece of a stream, with what comes before it when it is the first.
    ///
    /// - Parameters:
    ///   - piece: The piece.
    ///   - choice: Which choice it belongs to; they come in order.
    ///   - figures: What is known so far.
    ///   - moment: When it is sent, in RFC 3339.
    mutating func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8]

    /// The end of a choice in a stream.
    ///
    /// - Parameters:
    ///   - choice: Which choice.
    ///   - figures: What it took.
    ///   - moment: When it is sent, in RFC 3339.
    mutating func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8]

    /// The end of a stream, after all its choices.
    mutating func finish() -> [UInt8]

    /// The end of a stream that failed.
    ///
    /// - Parameter error: What happened, in this API's envelope of errors.
    mutating func failure(_ error: JSONValue) -> [UInt8]

    /// An answer that comes as a whole.
    ///
    /// - Parameters:
    ///   - choices: Its choices.
    ///   - moment: When it is sent, in RFC 3339.
    mutating func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8]
}

/// One complete text of an answer.
package struct AnswerChoice: Sendable {
    /// The text with all that came along.
    package var piece: GenerationPiece
    /// What it took.
    package var figures: AnswerFigures

    /// Bundles a text and its figures.
    ///
    /// - Parameters:
    ///   - piece: The text with all that came along.
    ///   - figures: What it took.
    package init(_ piece: GenerationPiece, _ figures: AnswerFigures) {
        self.piece = piece
        self.figures = figures
    }
}

/// What an answer took, as clients are told.
package struct AnswerFigures: Sendable, Hashable {
    /// From the request's arrival on.
    package var total = Duration.zero
    /// Loading the model.
    package var loading = Duration.zero
    /// How it ended; while it goes on, only the tokens of the prompt are known.
    package var end = GenerationEnd()
    /// Tokens of thoughts, of those that were generated.
    package var thoughts = 0
    /// Messages that were left out because they did not fit.
    package var leftOut = 0
    /// How often it went on in another engine.
    package var restarts = 0
    /// The tokens of prompt and answer; empty where they are not told.
    package var context: [Int] = []

    /// Nothing happened.
    package init() {}
}

package import JSON
package import LanguagePipeline

/// Answers of `/v1/chat/completions` with what they took, as clients of the vision service know it.
package struct VisionShape: AnswerShape {
    /// Server-sent events.
    package static let streamType = ChatCompletionShape.streamType

    private var shape: ChatCompletionShape
    /// Decoding and resizing the pictures.
    private let preparing: Duration

    /// Begins with an answer.
    ///
    /// - Parameters:
    ///   - shape: The shape of chats.
    ///   - preparing: How long preparing the pictures took.
    package init(_ shape: ChatCompletionShape, preparing: Duration) {
        self.shape = shape
        self.preparing = preparing
    }

    package mutating func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        shape.piece(piece, of: choice, figures, at: moment)
    }

    package mutating func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        Self.adding(
            performance(figures),
            to: shape.end(of: choice, figures, at: moment),
            before: "}\n\n"
        )
    }

    package mutating func finish() -> [UInt8] { shape.finish() }

    package func failure(_ error: JSONValue) -> [UInt8] { shape.failure(error) }

    package mutating func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8] {
        var all = AnswerFigures()
        for choice in choices {
            all.total = choice.figures.total
            all.loading += choice.figures.loading
            all.end.promptTime += choice.figures.end.promptTime
            all.end.generationTime += choice.figures.end.generationTime
        }
        return Self.adding(performance(all), to: shape.whole(choices, at: moment), before: "}")
    }

    /// The member `performance`, in milliseconds.
    private func performance(_ figures: AnswerFigures) -> JSONValue {
        Self.performance(figures, preparing: preparing)
    }

    /// What an answer took, in whole milliseconds.
    ///
    /// - Parameters:
    ///   - figures: What the text took.
    ///   - preparing: How long preparing the pictures took.
    package static func performance(
        _ figures: AnswerFigures,
        preparing: Duration
    ) -> JSONValue {
        [
            "inference_time_ms": milliseconds(figures.end.promptTime + figures.end.generationTime),
            "load_time_ms": milliseconds(figures.loading),
            "prepare_time_ms": milliseconds(preparing),
            "total_time_ms": milliseconds(figures.total),
        ]
    }

    /// Whole milliseconds.
    static func milliseconds(_ span: Duration) -> JSONValue {
        JSONValue(Int((span / .milliseconds(1)).rounded()))
    }

    private static func adding(
        _ value: JSONValue,
        to bytes: [UInt8],
        before end: String
    ) -> [UInt8] {
        bytes.dropLast(end.utf8.count) + Array(#","performance":"#.utf8) + value.serialized
            + Array(end.utf8)
    }
}

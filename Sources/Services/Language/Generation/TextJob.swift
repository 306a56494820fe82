internal import DeviceClient
internal import JSON
internal import LanguagePipeline
internal import ServiceKit

/// A text that a model is to write: what is asked of which engine, and for whom.
struct TextJob: Sendable {
    /// What the engine is asked for.
    enum Call: Sendable {
        /// The next message of a conversation, with the template in the model's file.
        case chat(History)
        /// The text that follows a prompt.
        case completion(Prompt)
        /// The text that follows a conversation, with the template in the model's file, but as text.
        case rendered(History)
    }

    /// A conversation as llama-server takes it.
    struct History: Sendable {
        var messages: [JSONValue]
        /// Bytes of each message, by which it is guessed how many tokens it takes.
        var sizes: [Int]
        var tools: [Tool] = []
        var calls = CallRule()
        /// Whether messages have images.
        var hasImages = false
        /// Messages that are never left out.
        var isKept: [Bool]
    }

    /// A prompt and how its answer is read.
    struct Prompt: Sendable {
        /// Makes the prompt, with as many of the oldest messages left out as there must be.
        var text: @Sendable (_ leftOut: Int) throws -> String
        /// Messages that can be left out.
        var mostLeftOut = 0
        /// The pictures that have marks in the text; nil where there are none.
        var pictures: PromptPictures?
        var reader: AnswerReader
    }

    let model: LanguageModel
    let plan: LoadPlan
    var call: Call
    /// What every request to the engine says.
    var parameters: JSONObject
    let think: ThinkWish?
    let format: OutputFormat
    /// How many tokens are told with their probabilities; nil for none.
    let probabilities: Int?
    /// Whether messages that do not fit are left out.
    let truncates: Bool
    /// Whether old text makes room when the context is full, in a prompt too.
    var shifts = true
    /// Calls of tools that are handed on; the model may make more where no grammar is in force.
    var mostCalls = Int.max
    /// Whether the text to stop at that ended the answer is wanted.
    var wantsStopWord = false
    /// Whether the tokens of prompt and answer are wanted at the end.
    var wantsTokens = false
    /// Tokens that come before the prompt.
    var context: [Int] = []
    let claim: RequestClaim
    /// How long the model stays afterwards.
    let keepAlive: ResidencySpan
}

extension TextJob {
    /// Whether a prompt that is too long can lose its middle: calls of tools are not read from it, and
    /// as tokens it has no images.
    var canBeCut: Bool {
        switch call {
        case .chat(let history), .rendered(let history): history.tools.isEmpty && !history.hasImages
        case .completion(let prompt): prompt.pictures == nil
        }
    }
}

extension TextJob {
    /// Bytes and messages of a prompt that is made in some hundred microseconds.
    private static let short = (bytes: 8 << 10, messages: 64)

    /// Whether all that is to be computed for it takes next to no time.
    var isShort: Bool {
        guard case .chat(let history) = call, history.tools.isEmpty, !history.hasImages,
            format == .free, history.messages.count <= Self.short.messages,
            // Of calls of tools and of such parameters as grammars nobody knows the size.
            history.messages.allSatisfy({ $0["tool_calls"] == nil }),
            parameters.members.allSatisfy({ Self.isSmall($0.value) })
        else { return false }
        return history.sizes.reduce(0, +) <= Self.short.bytes
    }

    /// What the engine is asked for the next message; nil where it is asked for something else.
    var question: ChatQuestion? {
        guard case .chat(let history) = call else { return nil }
        return ChatQuestion(self, history)
    }

    private static func isSmall(_ value: JSONValue) -> Bool {
        if let text = value.stringValue { return text.utf8.count <= 64 }
        if let list = value.arrayValue { return list.count <= 16 && list.allSatisfy(isSmall) }
        return value.objectValue == nil
    }
}

/// How a text came to its end.
struct TextOutcome: Sendable {
    var end = GenerationEnd()
    /// How long loading the model took.
    var loading = Duration.zero
    /// How long the request waited for its turn, loading left out.
    var queue = Duration.zero
    /// Messages that were left out because they did not fit.
    var leftOut = 0
    /// How often the text went on in another engine, because the first was lost.
    var restarts = 0
    /// The tokens of prompt and answer, where they were wanted.
    var tokens: [Int] = []
}

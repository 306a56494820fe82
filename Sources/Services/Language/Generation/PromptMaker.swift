internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX

/// Makes of a conversation what the engine is asked: by the template that counts for the model.
///
/// A template of the model's own, or of the request, makes a prompt here, and the answer is taken
/// apart here. With the template in the model's file llama-server does both.
struct PromptMaker: Sendable {
    let model: LanguageModel
    /// The template that counts where one of Ollama's kind does; nil for the one in the file.
    private let template: PromptTemplate?
    private let think: ThinkWish?
    private let today: WallTime

    /// - Parameters:
    ///   - model: The model.
    ///   - own: The request's own template.
    ///   - think: Whether the model is to think.
    ///   - today: The day that templates may name.
    init(
        model: LanguageModel,
        own: PromptTemplate? = nil,
        think: ThinkWish?,
        today: WallTime
    ) {
        self.model = model
        template = own ?? model.template
        self.think = think
        self.today = today
    }

    /// What the engine is asked for the next message of a conversation.
    ///
    /// - Parameters:
    ///   - messages: The conversation.
    ///   - tools: The tools that may be called.
    ///   - tellsProbabilities: Whether each token is told; llama-server's chat leaves out the last.
    func call(
        _ messages: [ChatRequest.Message],
        tools: [Tool],
        tellsProbabilities: Bool
    ) throws -> TextJob.Call {
        guard let template else {
            let history = history(messages, tools: tools)
            return tellsProbabilities && tools.isEmpty && model.hasJinja && !history.hasImages
                ? .rendered(history) : .chat(history)
        }
        return .completion(try prompt(messages, template, tools: tools, suffix: ""))
    }

    /// What the engine is asked for the text that answers a prompt.
    func text(_ messages: [ChatRequest.Message], suffix: String) throws -> TextJob.Call {
        if let template {
            return .completion(try prompt(messages, template, tools: [], suffix: suffix))
        }
        guard suffix.isEmpty else {
            throw Refusal(badRequest: "\(model.stored.name.full) does not support insert")
        }
        guard model.hasJinja else {
            return raw(messages)
        }
        let history = history(messages, tools: [])
        // Images have no place in the text that a template makes.
        return history.hasImages ? .chat(history) : .rendered(history)
    }

    /// What the engine is asked for the text that follows others, without a template.
    func raw(_ messages: [ChatRequest.Message]) -> TextJob.Call {
        var messages = messages
        let pictures = PromptPictures(marking: &messages)
        let text = messages.map(\.message.content).joined(separator: "\n\n")
        let reader = AnswerReader(thinking: nil, calls: nil)
        return .completion(
            TextJob.Prompt(text: { _ in text }, pictures: pictures, reader: reader)
        )
    }

    /// The prompt in place of an answer.
    func shown(
        _ job: TextJob,
        _ reply: TextReply,
        by writer: TextWriter
    ) async throws -> HTTPResponse {
        var (text, pictures) = ("", 0)
        switch job.call {
        case .completion(let prompt):
            // A template may take its time.
            text = try await withTaskExecutorPreference(WorkerPool.shared) { try prompt.text(0) }
            if let marked = prompt.pictures { (text, pictures) = marked.shown(text) }
        case .chat(let history), .rendered(let history):
            (text, pictures) = try await writer.prompt(of: job, history)
        }
        var shown: JSONObject = ["rendered_template": .string(text)]
        if pictures > 0 { shown["image_count"] = JSONValue(pictures) }
        var object = reply.bare("", at: WallTime.now.rfc3339).objectValue ?? [:]
        object["done"] = false
        object["done_reason"] = nil
        object["_debug_info"] = .object(shown)
        return .json(.object(object))
    }

    // MARK: The two kinds of templates

    private func history(_ messages: [ChatRequest.Message], tools: [Tool]) -> TextJob.History {
        TextJob.History(messages, tools: tools, isKept: Self.kept(messages.map(\.message)))
    }

    private func prompt(
        _ messages: [ChatRequest.Message],
        _ template: PromptTemplate,
        tools: [Tool],
        suffix: String
    ) throws -> TextJob.Prompt {
        var messages = messages
        let pictures = PromptPictures(marking: &messages)
        let all = messages.map(\.message)
        let kept = Self.kept(all)
        var conversation = Conversation(all)
        conversation.tools = tools
        conversation.thinks = think.map(\.isOn)
        conversation.thinkLevel = think?.level ?? ""
        conversation.suffix = suffix
        conversation.today = today.date
        conversation.yesterday = (today + .seconds(-86_400)).date
        let whole = conversation
        let tags = template.thinkingTags
        let reader = AnswerReader(
            thinking: think?.isOn == false ? nil : tags.map { ThinkingSplitter($0) },
            calls: tools.isEmpty ? nil : ToolCallReader(tag: template.toolCallTag, tools: tools)
        )
        return TextJob.Prompt(
            text: { leftOut in
                var conversation = whole
                let gone = Set(kept.indices.filter { !kept[$0] }.prefix(leftOut))
                conversation.messages = all.indices.filter { !gone.contains($0) }.map { all[$0] }
                let text: String
                do {
                    text = try template.prompt(for: conversation)
                } catch {
                    throw Refusal(
                        500,
                        code: "template_failed",
                        "the model's template cannot be used for this: \(error)"
                    )
                }
                if let pictures, !pictures.areAll(in: text, of: conversation.messages) {
                    throw Refusal(
                        400,
                        code: "no_images_here",
                        "the template leaves out a message that has images; send them in a message"
                            + " of the user, or use another template"
                    )
                }
                return text
            },
            mostLeftOut: kept.count { !$0 },
            pictures: pictures,
            reader: reader
        )
    }

    /// Which messages are never left out: system messages and the last one.
    private static func kept(_ messages: [ChatMessage]) -> [Bool] {
        messages.indices.map { $0 == messages.count - 1 || messages[$0].role == "system" }
    }
}

extension ThinkingSplitter {
    /// The tags that most models have which think.
    private static let usual = (open: "<think>", close: "</think>")

    /// A splitter for the answer to a prompt, which may have begun the thoughts.
    init(after prompt: String) {
        let end = prompt.suffix(32).filter { !$0.isWhitespace }
        self.init(Self.usual, isOpen: end.hasSuffix(Self.usual.open))
    }
}

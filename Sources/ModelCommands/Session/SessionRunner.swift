internal import CommandLine
internal import JSON
internal import LineEditing

/// A conversation on a terminal: performs what a `Session` asks for.
struct SessionRunner {
    private var session: Session
    private let answerer: Answerer
    private let editor: LineEditor
    private let interrupts: Interrupts

    private static let placeholder = "Send a message (/? for help)"
    private static let moreHint = "Use \"\"\" to end the message"

    /// Begins a session.
    init(_ session: Session, _ answerer: Answerer, editor: LineEditor, interrupts: Interrupts) {
        self.session = session
        self.answerer = answerer
        self.editor = editor
        self.interrupts = interrupts
    }

    /// Reads lines and does what they ask for, until somebody ends it.
    mutating func run() async throws {
        // What stands in the next line from the start.
        var text = ""
        while true {
            let hint = session.isCollecting ? Self.moreHint : Self.placeholder
            let input = try await editor.read(
                prompt: session.prompt,
                placeholder: hint,
                text: text
            )
            text = ""
            switch input {
            case .line(let line):
                for action in session.take(line) {
                    if action == .end { return }
                    await perform(action)
                }
            case .edit(let line): text = await edit(line)
            case .interrupted: for action in session.interrupt() { await perform(action) }
            case .ended: return Terminal.write("\n")
            }
        }
    }

    /// Has what is being typed edited elsewhere.
    ///
    /// - Returns: What is to stand in the next line.
    private mutating func edit(_ line: String) async -> String {
        let draft = session.draft(line)
        do {
            let text = try await interrupts.outside { try await ExternalEditor().edit(draft) }
            session.retype()
            return text
        } catch {
            Terminal.writeError("\(error); the line is as it was\n")
            return line
        }
    }

    private mutating func perform(_ action: Session.Action) async {
        do {
            switch action {
            case .write(let text): Terminal.write(text)
            case .say(let text): try await say(text)
            case .show(let part): try await show(part)
            case .list: try await list()
            case .load(let model): try await load(model)
            case .save(let model): try await save(model)
            case .keepHistory(let isKept): editor.keepsHistory = isKept
            case .end: break
            }
        } catch {
            Terminal.writeError("\(error)\n\n")
        }
    }

    private mutating func say(_ line: String) async throws {
        var text = line
        var images: [JSONValue] = []
        if session.conversation.seesImages {
            let attached = AttachedImages(line)
            for remark in attached.remarks { Terminal.write("\(remark)\n") }
            (text, images) = (attached.text, attached.images)
        }
        session.conversation.say(text, images: images)
        let body = session.conversation.request
        let (answerer, wraps) = (answerer, session.wraps)
        let record = Answerer.Record()
        do {
            _ = try await interrupts.during {
                try await answerer.ask("/api/chat", body, wraps: wraps, into: record)
            }
        } catch {
            session.conversation.takeBack()
            throw error
        }
        // What was stopped counts as far as it came: the model knows what it has said.
        if record.answer.isEmpty && record.thoughts.isEmpty {
            session.conversation.takeBack()
        } else {
            session.conversation.hear(record.answer, thoughts: record.thoughts)
        }
        Terminal.write("\n")
        if session.isVerbose { Terminal.writeError(TimingLines.text(record.last)) }
    }

    // What a server is asked for is ended by Ctrl-C, and the session goes on.

    private func list() async throws {
        let server = answerer.server
        let found = try await interrupts.during { try await server.models("/api/tags", prefix: "") }
        guard let models = found else { return }
        Terminal.write(ModelTables.list(models, now: Caller.now, for: .output))
    }

    private func show(_ part: String) async throws {
        let conversation = session.conversation
        let server = answerer.server
        let found = try await interrupts.during { try await server.show(conversation.model) }
        guard let shown = found else { return }
        let text = shown[part]?.stringValue ?? ""
        switch part {
        case "info": Terminal.write(ShowText.text(shown, isVerbose: false))
        case "parameters":
            var output = text.isEmpty ? "" : "Model defined parameters:\n\(text)\n\n"
            let own = conversation.options.members.map { name, value in
                "\(name) \(String(decoding: value.serialized, as: UTF8.self))\n"
            }
            if !own.isEmpty { output += "User defined parameters:\n\(own.joined())\n" }
            let nothing = "No parameters were specified for this model.\n"
            Terminal.write(output.isEmpty ? nothing : output)
        case "system":
            let system = conversation.system ?? text
            let nothing = "No system message was specified for this model."
            Terminal.write("\(system.isEmpty ? nothing : system)\n\n")
        default:
            Terminal.write(
                text.isEmpty ? "No \(part) was specified for this model.\n" : "\(text)\n"
            )
        }
    }

    private mutating func load(_ model: String) async throws {
        let server = answerer.server
        let found = try await interrupts.during { try await server.show(model) }
        guard let shown = found else { return }
        Terminal.write("Loading model '\(model)'\n")
        var next = session.conversation
        next.model = model
        next.clear()
        next.learn(shown)
        if !next.canThink { next.think = nil }
        let (answerer, conversation) = (answerer, next)
        let isDone: Void? = try await interrupts.during { try await answerer.load(conversation) }
        if isDone != nil { session.conversation = next }
    }

    private func save(_ model: String) async throws {
        let body = session.conversation.saving(as: model)
        let server = answerer.server
        let isDone: Void? = try await interrupts.during {
            try await server.stream("/api/create", body) { _ in }
        }
        guard isDone != nil else { return }
        Terminal.write("Created new model '\(model)'\n")
    }
}

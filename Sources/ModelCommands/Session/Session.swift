internal import JSON
internal import Modelfile

/// What lines mean that somebody types: things to say to a model, and commands.
///
/// DESIGN. A value without a terminal or a server: each line gives the actions that it asks for, in
/// order, and `SessionRunner` performs them. A text over several lines is collected between `"""`:
/// nothing → collecting (for a prompt, or for a system message) → nothing. Ctrl-C while collecting
/// drops what was collected.
struct Session {
    /// What is to be done.
    enum Action: Hashable {
        /// Write a text.
        case write(String)
        /// Say something to the model.
        case say(String)
        /// Show a part of the model: "info", or a member of what the server tells.
        case show(String)
        /// List the models.
        case list
        /// Go over to another model.
        case load(String)
        /// Make a model of this one as it is told to be.
        case save(String)
        /// Keep the lines that are typed, or not.
        case keepHistory(Bool)
        /// End.
        case end
    }

    private enum Purpose {
        case prompt
        case system
    }

    /// What the model is asked with.
    var conversation: Conversation
    /// Whether figures follow each answer.
    private(set) var isVerbose: Bool
    /// Whether lines of answers are broken between words.
    private(set) var wraps: Bool
    private var collecting: (purpose: Purpose, lines: [String])?

    private static let marks = "\"\"\""

    /// Begins a session.
    init(_ conversation: Conversation, isVerbose: Bool, wraps: Bool) {
        self.conversation = conversation
        self.isVerbose = isVerbose
        self.wraps = wraps
    }

    /// What stands before the next line.
    var prompt: String { isCollecting ? "... " : ">>> " }

    /// Whether the next line belongs to a text that has begun.
    var isCollecting: Bool { collecting != nil }

    /// Drops what was collected, as Ctrl-C asks; says how to end when there was nothing.
    mutating func interrupt() -> [Action] {
        guard collecting == nil else {
            collecting = nil
            return []
        }
        return [.write("Use Ctrl + d or /bye to exit.\n")]
    }

    /// The whole text that is being typed: the lines that were collected, and the one that follows.
    func draft(_ line: String) -> String {
        ((collecting?.lines ?? []) + [line]).joined(separator: "\n")
    }

    /// Takes note that the next line has the whole draft: what was collected is in it.
    mutating func retype() { collecting?.lines = [] }

    /// Takes a line.
    mutating func take(_ line: String) -> [Action] {
        if let (purpose, lines) = collecting { return collect(line, purpose, lines) }
        let text = Self.trimmed(line)
        if text.hasPrefix(Self.marks) {
            return collect(String(text.dropFirst(3)), .prompt, [])
        }
        if text.isEmpty { return [] }
        let isPath =
            conversation.seesImages && !ImagePaths.find(in: text, home: nil).isEmpty
            && ImagePaths.find(in: text, home: nil).contains { text.hasPrefix($0.typed) }
        guard text.hasPrefix("/"), !isPath else { return [.say(line)] }
        return command(text)
    }

    private mutating func collect(
        _ line: String,
        _ purpose: Purpose,
        _ lines: [String]
    ) -> [Action] {
        guard let end = line.firstRange(of: Self.marks) else {
            collecting = (purpose, lines + [line])
            return []
        }
        collecting = nil
        let text = (lines + [String(line[..<end.lowerBound])]).joined(separator: "\n")
        switch purpose {
        case .prompt: return Self.trimmed(text).isEmpty ? [] : [.say(text)]
        case .system: return tell(text)
        }
    }

    // MARK: Commands

    private mutating func command(_ text: String) -> [Action] {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        switch words[0] {
        case "/?", "/help": return [.write(SessionHelp.text(words.dropFirst().first))]
        case "/bye", "/exit": return [.end]
        case "/list": return [.list]
        case "/clear":
            conversation.clear()
            return [.write("Cleared session context\n")]
        case "/load":
            guard words.count == 2 else { return Self.usage("/load <model>") }
            return [.load(words[1])]
        case "/save":
            guard words.count == 2 else { return Self.usage("/save <model>") }
            return [.save(words[1])]
        case "/show":
            guard words.count == 2, SessionHelp.shown.contains(words[1]) else {
                return [.write(SessionHelp.text("show"))]
            }
            return [.show(words[1])]
        case "/set": return set(words, text)
        default: return [.write("Unknown command '\(words[0])'. Type /? for help\n")]
        }
    }

    private mutating func set(_ words: [String], _ text: String) -> [Action] {
        guard words.count > 1 else { return [.write(SessionHelp.text("set"))] }
        switch words[1] {
        case "parameter": return setParameter(words)
        case "system":
            guard words.count > 2 else { return Self.usage("/set system <message>") }
            let rest = text.dropFirst("/set".count).drop(while: \.isWhitespace)
            return setSystem(Self.trimmed(String(rest.dropFirst("system".count))))
        case "history": return [.keepHistory(true)]
        case "nohistory": return [.keepHistory(false)]
        case "wordwrap":
            wraps = true
            return [.write("Set 'wordwrap' mode.\n")]
        case "nowordwrap":
            wraps = false
            return [.write("Set 'nowordwrap' mode.\n")]
        case "verbose":
            isVerbose = true
            return [.write("Set 'verbose' mode.\n")]
        case "quiet":
            isVerbose = false
            return [.write("Set 'quiet' mode.\n")]
        case "format":
            guard words.count == 3, words[2] == "json" else {
                return [
                    .write("Invalid or missing format. For 'json' mode use '/set format json'\n")
                ]
            }
            conversation.format = "json"
            return [.write("Set format to 'json' mode.\n")]
        case "noformat":
            conversation.format = nil
            return [.write("Disabled format.\n")]
        case "think": return setThinking(words.count > 2 ? words[2] : "true")
        case "nothink": return setThinking("false")
        default: return [.write("Unknown command '/set \(words[1])'. Type /? for help\n")]
        }
    }

    private mutating func setParameter(_ words: [String]) -> [Action] {
        guard words.count > 3 else {
            return [.write(SessionHelp.text("set"))]
        }
        let name = words[2]
        let texts = Array(words[3...])
        guard let type = ParameterType(of: name), type != .ignored else {
            return [.write("Couldn't set parameter: unknown parameter '\(name)'\n")]
        }
        if type == .texts {
            conversation.options[name] = .array(texts.map { .string($0) })
        } else {
            let text = texts.joined(separator: " ")
            guard let value = type.value(text) else {
                return [
                    .write("Couldn't set parameter: invalid \(type.rawValue) value [\(text)]\n")
                ]
            }
            conversation.options[name] = value
        }
        return [.write("Set parameter '\(name)' to '\(texts.joined(separator: ", "))'\n")]
    }

    private mutating func setSystem(_ text: String) -> [Action] {
        guard text.hasPrefix(Self.marks) else {
            let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
            return tell(isQuoted ? String(text.dropFirst().dropLast()) : text)
        }
        return collect(String(text.dropFirst(3)), .system, [])
    }

    private mutating func tell(_ system: String) -> [Action] {
        conversation.system = system
        return [.write("Set system message.\n")]
    }

    private mutating func setThinking(_ level: String) -> [Action] {
        guard let value = ThinkingLevel.value(level) else {
            return [
                .write(
                    "'\(level)' is no level; use \(ThinkingLevel.words.joined(separator: ", "))\n"
                )
            ]
        }
        conversation.think = value
        let mode = value == false ? "nothink" : "think"
        let hint = conversation.canThink || value == false ? "" : " This model does not think."
        return [.write("Set '\(mode)' mode.\(hint)\n")]
    }

    private static func usage(_ text: String) -> [Action] { [.write("Usage:\n  \(text)\n")] }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// Whether and how much a model thinks before it answers, as people and the API write it.
enum ThinkingLevel {
    /// The words.
    static let words = ["true", "false", "low", "medium", "high", "max"]

    /// A word as the API takes it; nil for other words.
    static func value(_ word: String) -> JSONValue? {
        switch word {
        case "true": true
        case "false": false
        default: words.contains(word) ? .string(word) : nil
        }
    }
}

internal import CommandLine
internal import Glibc
internal import JSON
internal import LineEditing
internal import POSIX

/// `run MODEL [PROMPT…]`: answers a prompt, or talks with somebody on a terminal.
enum RunVerb {
    /// Most bytes that are read from a pipe: 64 MiB, as much as the service takes by default.
    private static let longestInput = 64 << 20

    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "run",
            "answer a prompt, or talk with a model",
            details: """
                Without a prompt it is a conversation; /? tells what can be typed there. What comes \
                through a pipe is put before the prompt. Paths of images in the prompt are attached \
                where the model sees. A model that the store lacks is pulled first.
                """,
            options: options,
            positionals: [
                VerbOptions.model, Positional("PROMPT", "what to ask", .rest),
            ]
        ) { values in try await run(values, caller) }
    }

    private static let options = [
        Option(
            "keepalive",
            placeholder: "DURATION",
            "how long the model stays without requests: 5m, -1 for ever; as the server says without"
                + " it"
        ),
        .flag("verbose", "show figures after each answer"),
        VerbOptions.insecure,
        .flag("nowordwrap", "leave breaking lines to the terminal"),
        Option("format", placeholder: "FORMAT", "the form of the answer: json, or a JSON schema"),
        Option(
            "think",
            .choice(ThinkingLevel.words),
            placeholder: "LEVEL",
            bare: "true",
            "whether and how much the model thinks first"
        ),
        .flag("hidethinking", "do not show what the model thinks"),
        Option(
            "truncate",
            .choice(["true", "false"]),
            placeholder: "BOOL",
            bare: "true",
            "models of vectors: cut texts that are too long, or refuse them"
        ),
        Option(
            "dimensions",
            .integer(1...65_536),
            placeholder: "N",
            "models of vectors: how many numbers a vector has"
        ),
    ]

    private static func run(_ values: Values, _ caller: Caller) async throws -> Int32 {
        let server = try caller.server()
        let prompt = try prompt(values)
        let interrupts = try Interrupts()
        var conversation = Conversation(model: values.required("MODEL"))
        conversation.keepAlive = try VerbOptions.keepAlive(values.string("keepalive"))
        conversation.format = try format(values.string("format"))
        conversation.think = values.string("think").flatMap(ThinkingLevel.value)
        let name = conversation.model
        let isInsecure = values.has("insecure")
        let found = try await interrupts.during {
            try await find(name, isInsecure: isInsecure, on: server)
        }
        guard let shown = found else { return 130 }
        conversation.learn(shown)
        if conversation.think != nil, conversation.think != false, !conversation.canThink {
            Terminal.writeError("warning: model '\(name)' does not think before it answers\n")
            conversation.think = nil
        }
        let capabilities = conversation.capabilities
        if capabilities.contains("embedding"), !capabilities.contains("completion") {
            return try await embed(prompt, values, conversation, server)
        }
        let answerer = Answerer(server: server, hidesThoughts: values.has("hidethinking"))
        let wraps = !values.has("nowordwrap")
        if let prompt {
            return try await answer(
                prompt,
                conversation,
                answerer,
                interrupts,
                isVerbose: values.has("verbose"),
                wraps: wraps
            )
        }
        let loaded = conversation
        guard try await interrupts.during({ try await answerer.load(loaded) }) != nil else {
            return 130
        }
        greet(shown)
        var runner = SessionRunner(
            Session(conversation, isVerbose: values.has("verbose"), wraps: wraps),
            answerer,
            editor: try LineEditor(history: caller.historyFile),
            interrupts: interrupts
        )
        try await runner.run()
        return 0
    }

    /// The prompt of the arguments and of a pipe; nil where a person is to be asked.
    private static func prompt(_ values: Values) throws -> String? {
        let words = values.strings("PROMPT").joined(separator: " ")
        guard !Terminal.inputIsInteractive else { return words.isEmpty ? nil : words }
        let input = try Files.readInput(limit: longestInput)
        let text = String(decoding: input, as: UTF8.self)
        let prompt = [text, words].filter { !$0.isEmpty }.joined(separator: " ")
        guard prompt.contains(where: { !$0.isWhitespace }) else {
            throw VerbError("there is nothing to ask: give a prompt, or run it on a terminal")
        }
        return prompt
    }

    /// What the server tells of a model, which is pulled when it is not there.
    private static func find(
        _ model: String,
        isInsecure: Bool,
        on server: ModelServer
    ) async throws -> JSONValue {
        do {
            return try await server.show(model)
        } catch let error as ServerError where error.isNotFound {
            try await PullVerb.pull(model, isInsecure: isInsecure, from: server)
            return try await server.show(model)
        }
    }

    private static func answer(
        _ prompt: String,
        _ conversation: Conversation,
        _ answerer: Answerer,
        _ interrupts: Interrupts,
        isVerbose: Bool,
        wraps: Bool
    ) async throws -> Int32 {
        var text = prompt
        var images: [JSONValue] = []
        if conversation.seesImages {
            let attached = AttachedImages(prompt)
            for remark in attached.remarks { Terminal.writeError("\(remark)\n") }
            (text, images) = (attached.text, attached.images)
        }
        let body = conversation.request(for: text, images: images)
        let record = Answerer.Record()
        let isDone: Void? = try await interrupts.during {
            try await answerer.ask("/api/generate", body, wraps: wraps, into: record)
        }
        guard isDone != nil else { return 130 }
        if isVerbose { Terminal.writeError("\n" + TimingLines.text(record.last)) }
        return 0
    }

    /// Shows the messages that a model begins every conversation with.
    private static func greet(_ shown: JSONValue) {
        for message in shown["messages"]?.arrayValue ?? [] {
            let content = message["content"]?.stringValue ?? ""
            switch message["role"]?.stringValue {
            case "user": Terminal.write(">>> \(content)\n")
            case "assistant": Terminal.write("\(content)\n\n")
            default: break
            }
        }
    }

    private static func embed(
        _ prompt: String?,
        _ values: Values,
        _ conversation: Conversation,
        _ server: ModelServer
    ) async throws -> Int32 {
        guard let prompt else {
            throw VerbError("'\(conversation.model)' makes vectors of texts: give a text")
        }
        var body: JSONObject = ["model": .string(conversation.model), "input": .string(prompt)]
        body["truncate"] = values.string("truncate").map { .bool($0 == "true") }
        body["dimensions"] = values.integer("dimensions").map { JSONValue($0) }
        body["keep_alive"] = conversation.keepAlive
        let answer = try await server.ask("POST", "/api/embed", .object(body))
        guard let vector = answer["embeddings"]?.arrayValue?.first else {
            throw ServerError(.garbled, "the server answered without a vector")
        }
        Terminal.write(String(decoding: vector.serialized, as: UTF8.self) + "\n")
        return 0
    }

    private static func format(_ text: String?) throws -> JSONValue? {
        guard let text else { return nil }
        if text == "json" { return "json" }
        guard let schema = try? JSONValue(parsing: text.utf8), schema.objectValue != nil else {
            throw VerbError("'--format' must be json or a JSON schema")
        }
        return schema
    }
}

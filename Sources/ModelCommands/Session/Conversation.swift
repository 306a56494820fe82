internal import JSON

/// What is said with a model, and how it is asked: the part of a session that a server needs.
struct Conversation: Sendable {
    /// The model.
    var model: String
    /// What the model can do.
    var capabilities: [String] = []
    /// What it is told before the conversation, other than by itself.
    var system: String?
    /// Parameters other than its own.
    var options: JSONObject = [:]
    /// The form of its answers; nil for any.
    var format: JSONValue?
    /// Whether and how much it thinks first; nil for as it does by itself.
    var think: JSONValue?
    /// How long it stays without requests; nil for as the server says.
    var keepAlive: JSONValue?
    /// What was said so far.
    private(set) var messages: [JSONValue] = []

    /// Whether it sees images.
    var seesImages: Bool { capabilities.contains("vision") || capabilities.contains("audio") }

    /// Whether it thinks when it is told to.
    var canThink: Bool { capabilities.contains("thinking") }

    /// Takes over what the server tells of the model.
    mutating func learn(_ shown: JSONValue) {
        capabilities = ModelServer.capabilities(shown)
    }

    /// Adds what somebody says.
    mutating func say(_ text: String, images: [JSONValue] = []) {
        var message: JSONObject = ["role": "user", "content": .string(text)]
        if !images.isEmpty { message["images"] = .array(images) }
        messages.append(.object(message))
    }

    /// Adds what the model answered, as far as it came.
    mutating func hear(_ answer: String, thoughts: String) {
        var message: JSONObject = ["role": "assistant", "content": .string(answer)]
        if !thoughts.isEmpty { message["thinking"] = .string(thoughts) }
        messages.append(.object(message))
    }

    /// Takes back what was said last and not answered.
    mutating func takeBack() {
        if messages.last?["role"]?.stringValue == "user" { messages.removeLast() }
    }

    /// Forgets what was said.
    mutating func clear() { messages = [] }

    /// The body of the request for the next answer.
    var request: JSONValue {
        var body: JSONObject = ["model": .string(model)]
        let told = system.map { system -> [JSONValue] in
            [["role": "system", "content": .string(system)]]
        }
        body["messages"] = .array((told ?? []) + messages)
        addCommon(to: &body)
        return .object(body)
    }

    /// The body of the request for one answer to a prompt, outside of the conversation.
    func request(for prompt: String, images: [JSONValue]) -> JSONValue {
        var body: JSONObject = ["model": .string(model), "prompt": .string(prompt)]
        if !images.isEmpty { body["images"] = .array(images) }
        body["system"] = system.map { .string($0) }
        addCommon(to: &body)
        return .object(body)
    }

    /// The body of the request that makes a model of this one as it is told to be now.
    func saving(as name: String) -> JSONValue {
        var body: JSONObject = ["model": .string(name), "from": .string(model)]
        body["system"] = system.map { .string($0) }
        if !options.members.isEmpty { body["parameters"] = .object(options) }
        if !messages.isEmpty { body["messages"] = .array(messages) }
        return .object(body)
    }

    private func addCommon(to body: inout JSONObject) {
        if !options.members.isEmpty { body["options"] = .object(options) }
        body["format"] = format
        body["think"] = think
        body["keep_alive"] = keepAlive
    }
}

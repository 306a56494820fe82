package import Configuration
package import DeviceClient
package import DeviceProtocol
internal import Registry
package import ServiceKit

/// What the language service is told by `language.yaml`, defaults included.
package struct LanguageSettings: Sendable {
    /// Where it listens and who may use it.
    package var server = ServerSettings(port: 11_434, bodyLimit: 64 << 20)
    /// Folders of models, the first one first.
    package var stores: [String] = []
    /// How models are started where nobody says anything.
    var loading = LoadPlan.Usual()
    /// Tokens of the context of a request where nobody says anything.
    package var context: Int {
        get { loading.context }
        set { loading.context = newValue }
    }
    /// What becomes of conversations whose model leaves.
    var conversations = ConversationSettings()
    /// How models are pulled and pushed.
    var transfers = RegistryTransfers.Settings()
    /// The file of the key that says who this machine is at registries; empty for none.
    var registryKey = ""
    /// How long models stay without requests where nobody says anything.
    package var keepAlive = ResidencySpan.atMost(.seconds(300))
    /// The class of requests that name none.
    package var ticketClass = TicketClass.interactive
    /// The highest class of requests.
    package var ceiling = TicketClass.interactive
    /// What Ollama's variables said and does not count, as people read it.
    package private(set) var warnings: [String] = []
    /// Whether the template in a model's file goes before its own.
    package var prefersJinja = false

    static let cacheTypes = [
        "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl",
    ]

    /// What Ollama admits beside what all services do.
    private static let origins = [
        "http://127.0.0.1", "https://127.0.0.1", "http://0.0.0.0", "https://0.0.0.0",
        "http://0.0.0.0:*", "https://0.0.0.0:*",
    ]

    /// The defaults.
    package init() {}

    /// Reads every key of the file.
    ///
    /// - Parameters:
    ///   - reader: The file; the caller ends the reading.
    ///   - stores: Folders of models that are there without being named.
    ///   - conversations: Where conversations are kept; nil for nowhere.
    ///   - environment: Variables as `NAME=value`; Ollama's count where the file says nothing.
    package init(
        _ reader: ConfigurationReader,
        stores: [String] = [],
        conversations folder: String? = nil,
        environment: [String] = []
    ) {
        let stores = apply(OllamaVariables(environment), stores)
        server.read(reader.section("server", about: "Where the service listens."))
        let models = reader.section("models", about: "Which models there are.")
        self.stores = models.strings(
            "stores",
            default: stores,
            about: "Folders of models, laid out as Ollama does it; the first one that has a name"
                + " counts."
        )
        readLoading(reader.section("loading", about: "How models are started."))
        conversations = ConversationSettings(
            reader.section("conversations", about: "Conversations that outlive their engine."),
            in: folder
        )
        let home = environment.first { $0.hasPrefix("HOME=/") }.map { $0.dropFirst(5) }
        registryKey = home.map { "\($0)/.ollama/id_ed25519" } ?? ""
        readRegistry(reader.section("registry", about: "How models are pulled and pushed."))
        readScheduling(reader.section("scheduling", about: "How the service shares the device."))
    }

    /// Takes over what Ollama's variables say; returns the stores.
    private mutating func apply(_ variables: OllamaVariables, _ stores: [String]) -> [String] {
        server.host = variables.host ?? server.host
        server.port = variables.port ?? server.port
        server.origins += Self.origins + variables.origins
        server.hosts += ["*.local", "*.internal"]
        server.requestLimit = variables.queue ?? server.requestLimit
        loading.slots = variables.slots ?? loading.slots
        loading.context = variables.context ?? loading.context
        loading.cacheType = variables.cacheType ?? loading.cacheType
        loading.flashAttention = variables.flashAttention
        loading.timeout = variables.loadTimeout ?? loading.timeout
        keepAlive = variables.keepAlive ?? keepAlive
        prefersJinja = variables.prefersJinja
        warnings = variables.warnings
        guard let models = variables.models else { return stores }
        // It takes the place of this user's own; what comes with Baton stays.
        return [models] + stores.dropFirst()
    }

    /// Where models are where the file says nothing: Ollama's variable counts here too.
    ///
    /// - Parameters:
    ///   - stores: Folders of models that are there without being named.
    ///   - environment: Variables as `NAME=value`.
    package static func stores(_ stores: [String], environment: [String]) -> [String] {
        guard let models = OllamaVariables(environment).models else { return stores }
        return [models] + stores.dropFirst()
    }

    /// Reads how models are started and kept.
    ///
    /// - Parameters:
    ///   - section: The section.
    ///   - tellsKeeping: Whether it also says how long models stay.
    package mutating func readLoading(
        _ section: ConfigurationReader,
        tellsKeeping: Bool = true
    ) {
        loading.context = section.integer(
            "context_length",
            default: loading.context,
            in: 4...16_777_216,
            about: "Tokens of the context of a request whose model says nothing else."
        )
        loading.slots = section.integer(
            "parallel",
            default: loading.slots,
            in: 1...256,
            about: "Requests that one engine works on at once; each has a context of its own."
        )
        loading.promptCache = section.integer(
            "prompt_cache_mib",
            default: loading.promptCache,
            in: 0...1_048_576,
            about: "Memory of an engine for prompts of earlier requests, in MiB."
        )
        loading.cacheType = section.choice(
            "cache_type",
            default: loading.cacheType,
            of: Self.cacheTypes,
            about: "How keys and values are kept."
        )
        let threads = section.integer(
            "threads",
            default: 0,
            in: 0...1024,
            about: "Threads of an engine; 0 for all cores."
        )
        loading.threads = threads == 0 ? nil : threads
        if tellsKeeping { readKeepAlive(section) }
        loading.timeout = section.duration(
            "load_timeout",
            default: loading.timeout,
            in: .seconds(1) ... .seconds(86_400),
            about: "How long loading may take."
        )
    }

    /// Reads how long models stay.
    ///
    /// - Parameter section: The section.
    package mutating func readKeepAlive(_ section: ConfigurationReader) {
        let keeps = section.string(
            "keep_alive",
            default: Self.text(of: keepAlive),
            form: "a duration such as '5m', '-1' for ever or '0'",
            about: "How long models stay without requests: '5m', '-1' for ever, '0' not at all.",
            where: { Self.span($0) != nil }
        )
        keepAlive = Self.span(keeps) ?? keepAlive
    }

    private mutating func readRegistry(_ section: ConfigurationReader) {
        transfers.streams = section.integer(
            "streams",
            default: transfers.streams,
            in: 1...64,
            about: "Connections to registries at once, of all pulls together."
        )
        let rate = section.bytes(
            "rate",
            default: 0,
            about: "Most bytes a second of all pulls together; 0 for as many as come."
        )
        transfers.rate = rate == 0 ? nil : rate
        registryKey = section.string(
            "key",
            default: registryKey,
            about: "The file of a key of Ed25519 in OpenSSH's format, by which registries such as"
                + " Ollama's know this machine; empty for none. It need not be there."
        )
        for account in section.items("accounts", about: "Who this machine is at registries.") {
            transfers.credentials.add(
                user: account.requiredString("user", about: "The name."),
                password: account.requiredString("password", about: "The password, or a token."),
                at: account.requiredString("host", about: "The registry, with its port if any.")
            )
        }
    }

    /// Reads how the device is shared.
    ///
    /// - Parameter section: The section.
    package mutating func readScheduling(_ section: ConfigurationReader) {
        ticketClass = section.choice(
            "class",
            default: ticketClass,
            about: "Class of requests that name none."
        )
        ceiling = section.choice(
            "class_ceiling",
            default: ceiling,
            about: "Highest class of requests."
        )
    }
}

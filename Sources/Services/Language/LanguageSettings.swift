package import Configuration
package import DeviceClient
package import DeviceProtocol
package import ServiceKit

/// What the language service is told by `language.yaml`, defaults included.
package struct LanguageSettings: Sendable {
    /// Where it listens and who may use it.
    package var server = ServerSettings(port: 11_434, bodyLimit: 64 << 20)
    /// Folders of models, the first one first.
    package var stores: [String] = []
    /// How models are started where nobody says anything.
    var loading = LoadPlan.Usual()
    /// How long models stay without requests where nobody says anything.
    package var keepAlive = ResidencySpan.atMost(.seconds(300))
    /// The class of requests that name none.
    package var ticketClass = TicketClass.interactive
    /// The highest class of requests.
    package var ceiling = TicketClass.interactive

    /// The defaults.
    package init() {}

    /// Reads every key of the file.
    ///
    /// - Parameters:
    ///   - reader: The file; the caller ends the reading.
    ///   - stores: Folders of models that are there without being named.
    package init(_ reader: ConfigurationReader, stores: [String] = []) {
        server.read(reader.section("server", about: "Where the service listens."))
        let models = reader.section("models", about: "Which models there are.")
        self.stores = models.strings(
            "stores",
            default: stores,
            about: "Folders of models, laid out as Ollama does it; the first one that has a name"
                + " counts."
        )
        readLoading(reader.section("loading", about: "How models are started."))
        readScheduling(reader.section("scheduling", about: "How the service shares the device."))
    }

    private mutating func readLoading(_ section: ConfigurationReader) {
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
            of: ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl"],
            about: "How keys and values are kept."
        )
        let threads = section.integer(
            "threads",
            default: 0,
            in: 0...1024,
            about: "Threads of an engine; 0 for all cores."
        )
        loading.threads = threads == 0 ? nil : threads
        let keeps = section.string(
            "keep_alive",
            default: "5m",
            about: "How long models stay without requests; '-1' for ever, '0' not at all."
        )
        keepAlive = Self.span(keeps) ?? keepAlive
    }

    private mutating func readScheduling(_ section: ConfigurationReader) {
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

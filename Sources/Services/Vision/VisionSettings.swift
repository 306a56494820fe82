package import Configuration
internal import DeviceClient
internal import JSON
internal import LanguagePipeline
package import LanguageService
package import ServiceKit

/// What pictures may be, and what becomes of them.
package struct PictureLimits: Sendable, Hashable {
    /// Most pixels of a picture as it comes.
    package var pixels = 8_000_000
    /// Most bytes of its file.
    package var bytes = 10 << 20
    /// Most pixels of a picture as the model gets it.
    package var budget = 1_000_000
    /// The quality of the JPEG files that the engine is handed, 1 to 100.
    package var quality = 92

    /// The documented limits.
    package init() {}
}

/// What the vision service is told by `vision.yaml`, defaults included.
package struct VisionSettings: Sendable {
    /// Where it listens and who may use it.
    package var server = ServerSettings(port: 11_435, bodyLimit: 64 << 20)
    /// The stores, and how models are started and kept.
    package var language = LanguageSettings()
    /// The model of requests that name none, or one of the other names.
    package var model = Self.demo
    /// Further names of that model, for what the stores have no model of.
    package var aliases = ["qwen2-vl-2b-instruct"]
    /// Whether it is loaded at the start.
    package var preloads = true
    /// What is allowed, and assumed where requests say nothing.
    package var rules = VisionRules()
    /// Most pictures that one request has looked at one by one.
    package var batchLimit = 32
    /// What pictures may be.
    package var limits = PictureLimits()
    /// Which addresses pictures are fetched from.
    package var remote = RemoteRules()
    /// How long the device manager may be away at the start.
    package var patience = Duration.seconds(120)
    /// Requests of a class whose pictures are worked on at once.
    package var concurrency = 4
    /// Media helpers that may live at once.
    package var helpers = 2
    /// Bytes of private memory of one helper.
    package var helperMemory = 512 << 20
    /// How long a helper may work on one picture before it is ended.
    package var helperTime = Duration.seconds(15)

    /// The model that comes with Baton, which knows colours and nothing else.
    package static let demo = "demo-vision"

    /// Reads every key of the file.
    ///
    /// - Parameters:
    ///   - reader: The file; the caller ends the reading.
    ///   - stores: Folders of models that are there without being named.
    package init(_ reader: ConfigurationReader, stores: [String] = []) {
        // Models of this kind are persistent, and pictures need room.
        language.keepAlive = .forever
        language.context = 8192
        // A template of Ollama's kind has no place for pictures.
        language.prefersJinja = true
        server.read(reader.section("server", about: "Where the service listens."))
        readModel(reader.section("model", about: "Which model looks at pictures."), stores)
        let loading = reader.section("loading", about: "How models are started.")
        language.readLoading(loading, tellsKeeping: false)
        readPatience(loading)
        readGeneration(reader.section("generation", about: "What requests leave open."))
        readLimits(reader.section("limits", about: "What is refused."))
        readImages(reader.section("images", about: "What becomes of pictures."))
        let scheduling = reader.section(
            "scheduling",
            about: "How the service shares the device."
        )
        language.readScheduling(scheduling)
        readHelpers(scheduling)
    }

    private mutating func readModel(_ section: ConfigurationReader, _ stores: [String]) {
        model = section.string(
            "name",
            default: model,
            form: "the name of a model",
            about: "The model of requests that name none; the demo knows nothing but colours.",
            where: { !$0.isEmpty }
        )
        aliases = section.strings(
            "aliases",
            default: aliases,
            about: "Further names of that model, unless a store has a model of such a name."
        )
        language.stores = section.strings(
            "stores",
            default: stores,
            about: "Folders of models, as the language service has them."
        )
        language.readKeepAlive(section)
        preloads = section.bool(
            "preload",
            default: preloads,
            about: "Whether the model is loaded at the start; readiness waits for it."
        )
        section.unsupported(
            "hef_path",
            unless: .null,
            "models are chosen with 'model.name', devices in device.yaml"
        )
    }

    private mutating func readPatience(_ section: ConfigurationReader) {
        patience = section.duration(
            "device_timeout",
            default: patience,
            in: .seconds(1) ... .seconds(86_400),
            about: "How long the device manager may be away at the start before the service ends."
        )
    }

    private mutating func readGeneration(_ section: ConfigurationReader) {
        var usual: JSONObject = [
            "temperature": .number(
                section.double(
                    "temperature",
                    default: 0.7,
                    in: 0...2,
                    about: "Heat of answers where neither request nor model says one."
                )
            ),
            "top_p": .number(
                section.double(
                    "top_p",
                    default: 0.9,
                    in: 0...1,
                    about: "Share of the likely tokens that are considered."
                )
            ),
        ]
        let tokens = section.integer(
            "max_tokens",
            default: 200,
            in: 1...1_000_000,
            about: "Tokens of answers whose request names no limit."
        )
        usual["num_predict"] = JSONValue(tokens)
        let seed = section.integer(
            "seed",
            default: -1,
            in: -1...Int(Int32.max),
            about: "The dice; -1 for others each time."
        )
        usual["seed"] = JSONValue(seed)
        // All of them are numbers, as options must be.
        rules.usual = (try? GenerationOptions(usual)) ?? GenerationOptions()
    }

    private mutating func readLimits(_ section: ConfigurationReader) {
        limits.pixels = section.integer(
            "max_pixels",
            default: limits.pixels,
            in: 1...500_000_000,
            about: "Most pixels of a picture; larger ones are refused."
        )
        limits.bytes = section.bytes(
            "max_image_size",
            default: limits.bytes,
            in: 1024...(1 << 30),
            about: "Most bytes of a picture's file."
        )
        rules.mostTokens = section.integer(
            "max_new_tokens",
            default: rules.mostTokens,
            in: 1...1_000_000,
            about: "Most tokens of an answer; requests for more are refused."
        )
        rules.mostPictures = section.integer(
            "max_images",
            default: rules.mostPictures,
            in: 1...1000,
            about: "Most pictures of a conversation."
        )
        batchLimit = section.integer(
            "max_batch_images",
            default: batchLimit,
            in: 1...1000,
            about: "Most pictures that one request has looked at one by one."
        )
    }

    private mutating func readImages(_ section: ConfigurationReader) {
        limits.budget = section.integer(
            "model_pixels",
            default: limits.budget,
            in: 1024...100_000_000,
            about: "Most pixels of a picture as the model gets it; more takes longer."
        )
        limits.quality = section.integer(
            "quality",
            default: limits.quality,
            in: 50...100,
            about: "Quality of the JPEG files that the engine is handed."
        )
        readRemote(section.section("remote", about: "Pictures at other addresses."))
    }

    private mutating func readRemote(_ section: ConfigurationReader) {
        remote.isOn = section.bool(
            "enabled",
            default: remote.isOn,
            about: "Whether pictures are fetched from addresses that requests name."
        )
        remote.schemes = section.strings(
            "schemes",
            default: remote.schemes,
            of: ["https", "http"],
            about: "Schemes of such addresses."
        )
        remote.hosts = section.strings(
            "hosts",
            default: remote.hosts,
            about: "Hosts that are asked; '*' is any, '*.example.org' all below one."
        )
        let blocks = section.strings(
            "networks",
            form: "blocks of addresses such as '192.168.1.0/24'",
            about: "Blocks such as '192.168.1.0/24' that may be asked beside public addresses.",
            where: { RemoteRules.block($0) != nil }
        )
        remote.allow(blocks)
        remote.timeout = section.duration(
            "timeout",
            default: remote.timeout,
            in: .milliseconds(100) ... .seconds(600),
            about: "How long fetching one picture may take."
        )
        remote.redirects = section.integer(
            "redirects",
            default: remote.redirects,
            in: 0...20,
            about: "Most redirections, each of which must be allowed."
        )
    }

    private mutating func readHelpers(_ section: ConfigurationReader) {
        concurrency = section.integer(
            "concurrent_images",
            default: concurrency,
            in: 1...64,
            about: "Pictures of a class that are prepared at once; eight times as many wait."
        )
        helpers = section.integer(
            "media_helpers",
            default: helpers,
            in: 1...16,
            about: "Processes that decode pictures."
        )
        helperMemory = section.bytes(
            "media_memory",
            default: helperMemory,
            in: (64 << 20)...(64 << 30),
            about: "Private memory of one such process; half of it may be open pictures."
        )
        helperTime = section.duration(
            "media_timeout",
            default: helperTime,
            in: .milliseconds(100) ... .seconds(600),
            about: "How long such a process may work on one picture before it is ended."
        )
    }
}

internal import DeviceClient
internal import Digests
internal import JSON
internal import LanguagePipeline
internal import ModelFiles
internal import ModelStore

/// How a model is started for a request: what names the residency, so that two models of the same
/// file with the same options share one, and two with different ones never reload each other.
struct LoadPlan: Sendable, Hashable {
    /// What an engine of the model is for; llama-server does one of them.
    enum Purpose: String, Sendable, Hashable {
        case text
        case embedding
        /// Saying how well texts answer a question.
        case ranking
    }

    /// What holds for all models of the service.
    struct Usual: Sendable, Hashable {
        /// Tokens of the context of one request where nobody says anything.
        var context = 4096
        /// Requests that one engine works on at once.
        var slots = 1
        /// Bytes of the engine's prompt cache, in MiB.
        var promptCache = 256
        /// How keys and values are kept: "f16", "q8_0".
        var cacheType = "f16"
        /// Threads; nil for all cores.
        var threads: Int?
        /// Whether attention is computed the short way; nil where llama.cpp decides.
        var flashAttention: Bool?
        /// How long loading may take.
        var timeout = Duration.seconds(300)
        /// Where engines write conversations that are to be kept, each in a folder of its own; nil
        /// where none are.
        var conversations: String?
    }

    let purpose: Purpose
    /// Tokens of the context of one request.
    let context: Int
    let slots: Int
    let files: [String: String]
    /// llama-server's arguments, with places for files and the socket.
    let arguments: [String]
    let timeout: Duration
    /// Where its engine writes conversations, in the folder of its fingerprint; nil when it does not.
    let conversations: String?
    /// A number that tells plans apart: the same files and arguments have the same.
    let fingerprint: String

    /// How long an engine waits, before it leaves, until its conversations are written.
    private static let notice = Duration.seconds(1)

    /// Tokens that an engine has room for, for all requests that it works on at once.
    var room: Int { slots * context }

    /// The options that make a difference; all others are told to the engine with each request.
    static let options = [
        "num_ctx", "num_batch", "num_thread", "num_gpu", "main_gpu", "use_mmap",
    ]

    /// The smallest context that Ollama has.
    private static let smallestContext = 4

    /// Plans a load.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - wished: The options that count: the request's, then the model's.
    ///   - purpose: What it is for.
    ///   - shifts: Whether old text makes room when the context is full.
    ///   - usual: What holds where nobody says anything.
    init(
        _ model: LanguageModel,
        _ wished: GenerationOptions,
        for purpose: Purpose,
        shifts: Bool,
        usual: Usual
    ) {
        let options = wished.only(Self.options)
        self.purpose = purpose
        timeout = usual.timeout
        let length = options.integer("num_ctx") ?? usual.context
        context = min(max(length, Self.smallestContext), model.trainedContext ?? .max)
        // One request of texts goes through an embedding engine at a time: its batch holds many.
        slots = purpose == .text ? usual.slots : 1
        var files: [String: String] = [:]
        for (index, path) in model.contents.modelPaths.enumerated() {
            files[index == 0 ? "model" : "part\(index + 1)"] = path
        }
        files["projector"] = model.contents.projectorPaths.first
        for (index, path) in model.contents.adapterPaths.enumerated() {
            files["adapter\(index + 1)"] = path
        }
        self.files = files
        // llama-server writes none of models with pictures.
        conversations =
            purpose == .text && files["projector"] == nil ? usual.conversations : nil
        arguments = Self.arguments(
            files,
            options,
            purpose: purpose,
            context: context,
            slots: slots,
            shifts: shifts,
            pools: model.summary.facts?.poolingType.map { $0 > 0 } ?? false,
            usual: usual
        )
        fingerprint = Self.fingerprint(files, arguments, conversations)
    }

    private static func arguments(
        _ files: [String: String],
        _ options: GenerationOptions,
        purpose: Purpose,
        context: Int,
        slots: Int,
        shifts: Bool,
        pools: Bool,
        usual: Usual
    ) -> [String] {
        // Every default that matters is named: they differ from version to version.
        var list = [
            "--host", "{socket}", "--offline", "--no-ui", "--no-slots", "--log-verbosity", "2",
            "--model", "{file:model}", "--fit", "off", "--parallel", "\(slots)",
            "--ctx-size", "\(slots * context)", "--no-kv-unified", "--no-cache-idle-slots",
            "--cache-type-k", usual.cacheType, "--cache-type-v", usual.cacheType,
            "--timeout", "3600", "--sleep-idle-seconds", "-1",
        ]
        if let flag = usual.flashAttention { list += ["--flash-attn", flag ? "on" : "off"] }
        if let count = options.integer("num_thread").flatMap({ $0 > 0 ? $0 : nil }) ?? usual.threads
        {
            list += ["--threads", "\(count)", "--threads-batch", "\(count)"]
        }
        switch purpose {
        case .text:
            let batch = max(32, options.integer("num_batch") ?? 512)
            list += ["--batch-size", "\(batch)", "--ubatch-size", "\(min(batch, 512))"]
            list += ["--cache-ram", "\(usual.promptCache)", "--ctx-checkpoints", "4", "--jinja"]
            list.append(shifts ? "--context-shift" : "--no-context-shift")
        case .embedding, .ranking:
            // A text must fit one batch.
            list += ["--batch-size", "\(context)", "--ubatch-size", "\(context)"]
            list += ["--cache-ram", "0", "--ctx-checkpoints", "0"]
            list.append(purpose == .ranking ? "--reranking" : "--embedding")
            // Models that were not made for it have a vector for each token; the last one has seen all.
            if purpose == .embedding, !pools { list += ["--pooling", "last"] }
        }
        if let layers = options.integer("num_gpu"), layers >= 0 {
            list += ["--n-gpu-layers", "\(layers)"]
        }
        if let number = options.integer("main_gpu") {
            list += ["--split-mode", "none", "--main-gpu", "\(number)"]
        }
        if options.values["use_mmap"]?.boolValue == false { list.append("--no-mmap") }
        if files["projector"] != nil { list += ["--mmproj", "{file:projector}"] }
        for name in files.keys.sorted() where name.hasPrefix("adapter") {
            list += ["--lora", "{file:\(name)}"]
        }
        return list
    }

    private static func fingerprint(
        _ files: [String: String],
        _ arguments: [String],
        _ conversations: String?
    ) -> String {
        let words =
            files.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } + arguments
            + (conversations.map { [$0] } ?? [])
        let text = words.joined(separator: "\0")
        return String("\(SHA256Digest(of: Array(text.utf8)))".prefix(8))
    }

    /// The folder in which its engine alone writes conversations.
    var exchange: String? { conversations.map { "\($0)/\(fingerprint)" } }

    /// The model as the manager is told of it; reads the header of its file, and blocks while it does.
    ///
    /// - Parameter name: Its name there.
    func definition(named name: String) -> ModelDefinition {
        let footprint = Footprint.estimate(
            files: files.values.sorted(),
            settings: Footprint.Settings(arguments: arguments)
        )
        let exchange = exchange
        let words = arguments + (exchange.map { ["--slot-save-path", "\($0)/"] } ?? [])
        var definition = ModelDefinition(
            name: name,
            engine: "llama",
            files: files,
            settings: ["arguments": .array(words.map { .string($0) })],
            slots: slots,
            footprint: footprint.bytes,
            loadTimeout: timeout
        )
        if let exchange {
            definition.writable = [exchange]
            definition.notice = Self.notice
        }
        return definition
    }
}

internal import LanguagePipeline
internal import Metrics
internal import POSIX

/// What the language service counts, by model.
final class LanguageMetrics: Sendable {
    /// Requests of one model that are not over.
    private struct Load {
        var waiting = 0
        var running = 0
        /// Tokens of prompts and answers that engines keep for running requests.
        var held = 0
        /// Tokens for which the engine that was asked last has room.
        var room = 0
    }

    private let tokens: Metrics.Handle
    private let seconds: Metrics.Handle
    private let firstToken: Metrics.Handle
    private let requests: Metrics.Handle
    private let running: Metrics.Handle
    private let waiting: Metrics.Handle
    private let cacheUse: Metrics.Handle
    private let conversations: Metrics.Handle
    private let spared: Metrics.Handle
    private let keptBytes: Metrics.Handle
    private let loads = Guarded<[String: Load]>([:])

    init(_ metrics: Metrics) {
        tokens = metrics.counter(
            "baton_language_tokens_total",
            "Tokens of prompts that were computed or still known, and tokens that were generated.",
            labels: ["model", "kind"]
        )
        seconds = metrics.counter(
            "baton_language_seconds_total",
            "Time that engines spent on prompts and on generating, as they tell it.",
            labels: ["model", "phase"]
        )
        firstToken = metrics.histogram(
            "baton_language_first_token_seconds",
            "Time from a request's arrival to the first piece of its answer.",
            labels: ["model"]
        )
        requests = metrics.gauge(
            "baton_language_requests",
            "Requests for texts and vectors that wait for an engine, or that one works on.",
            labels: ["model", "state"]
        )
        // The same under the names that inference gateways read.
        running = metrics.gauge(
            "vllm:num_requests_running",
            "Requests that an engine works on.",
            labels: ["model_name"]
        )
        waiting = metrics.gauge(
            "vllm:num_requests_waiting",
            "Requests that wait for an engine.",
            labels: ["model_name"]
        )
        cacheUse = metrics.gauge(
            "vllm:kv_cache_usage_perc",
            "Tokens of the requests that an engine works on, of those it has room for; 1 is full.",
            labels: ["model_name"]
        )
        conversations = metrics.counter(
            "baton_language_conversations_total",
            "Conversations that were written when their engine left, and looked for when it was back.",
            labels: ["model", "outcome"]
        )
        spared = metrics.counter(
            "baton_language_conversation_tokens_total",
            "Tokens of prompts that were not computed again because their conversation was kept.",
            labels: ["model"]
        )
        keptBytes = metrics.gauge(
            "baton_language_conversation_bytes",
            "Bytes on the disk of conversations whose engine has left."
        )
        metrics.collect { [weak self] in self?.refresh() }
    }

    /// A request that is not over; say what becomes of it.
    struct Request: ~Copyable {
        private let metrics: LanguageMetrics
        private let model: String
        private var runs = false
        private var held = 0

        fileprivate init(_ metrics: LanguageMetrics, _ model: String) {
            self.metrics = metrics
            self.model = model
            metrics.change(model) { $0.waiting += 1 }
        }

        deinit {
            let (runs, held) = (runs, held)
            metrics.change(model) { load in
                load.held -= held
                if runs { load.running -= 1 } else { load.waiting -= 1 }
            }
        }

        /// An engine works on it, or does so no more.
        mutating func run(_ runs: Bool) {
            guard runs != self.runs else { return }
            self.runs = runs
            let step = runs ? 1 : -1
            metrics.change(model) { load in
                load.running += step
                load.waiting -= step
            }
            if !runs { hold(0) }
        }

        /// The engine keeps tokens for it.
        ///
        /// - Parameters:
        ///   - tokens: Those of its prompt and its answer so far.
        ///   - room: Tokens that the engine has room for, for all its requests; nil as before.
        mutating func hold(_ tokens: Int, of room: Int? = nil) {
            let more = tokens - held
            held = tokens
            metrics.change(model) { load in
                load.held += more
                load.room = room ?? load.room
            }
        }
    }

    /// A request comes.
    func begin(_ model: String) -> Request { Request(self, model) }

    /// The first piece of an answer goes out.
    func began(_ model: String, after time: Duration) {
        firstToken.observe(time / .seconds(1), model)
    }

    /// A text is complete.
    func ended(_ model: String, _ end: GenerationEnd) {
        tokens.add(Double(end.promptTokens - end.cachedTokens), model, "prompt")
        tokens.add(Double(end.cachedTokens), model, "cached")
        tokens.add(Double(end.generatedTokens), model, "generated")
        seconds.add(end.promptTime / .seconds(1), model, "prompt")
        seconds.add(end.generationTime / .seconds(1), model, "generate")
    }

    /// Texts have their vectors.
    func embedded(_ model: String, tokens count: Int) {
        tokens.add(Double(count), model, "prompt")
    }

    /// What has become of a conversation that outlived its engine.
    enum ConversationOutcome: String {
        /// Written when its engine left.
        case kept
        /// Read by another engine.
        case restored
        /// A prompt that is worth a file found an engine that knows nothing, and no file.
        case missed
        /// Not written in time, or of no use when it was read.
        case lost
    }

    func conversation(_ outcome: ConversationOutcome, of model: String) {
        conversations.add(1, model, outcome.rawValue)
    }

    /// A prompt went on with a conversation that was kept.
    func spared(_ tokens: Int, of model: String) { spared.add(Double(tokens), model) }

    /// Conversations take this much of the disk.
    func keeps(_ bytes: Int) { keptBytes.set(Double(bytes)) }

    private func change(_ model: String, _ change: (inout Load) -> Void) {
        loads.withLock { change(&$0[model, default: Load()]) }
    }

    private func refresh() {
        for (model, load) in loads.withLock({ $0 }) {
            requests.set(Double(load.waiting), model, "waiting")
            requests.set(Double(load.running), model, "running")
            waiting.set(Double(load.waiting), model)
            running.set(Double(load.running), model)
            cacheUse.set(min(Double(load.held) / Double(max(load.room, 1)), 1), model)
        }
    }
}

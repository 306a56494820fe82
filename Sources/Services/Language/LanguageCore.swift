internal import Catalogue
internal import DeviceClient
internal import DeviceProtocol
internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import Logging
internal import ModelStore
internal import POSIX
internal import Registry
internal import ServiceKit

/// What the routes share: settings, models, and the way to engines.
final class LanguageCore: Sendable {
    let settings: LanguageSettings
    let device: DeviceClient
    let models: ModelTable
    let residencies: Residencies
    let writer: TextWriter
    let embedder: Embedder
    let ranker: Ranker
    let metrics: LanguageMetrics
    let logger: Logger
    private let plans: PlanTable
    private let identifiers = Guarded(SystemRandomNumberGenerator())

    init(
        settings: LanguageSettings,
        device: DeviceClient,
        catalogue: Catalogue?,
        loop: EventLoop,
        metrics: LanguageMetrics,
        keeper: ConversationKeeper?,
        logger: Logger
    ) {
        self.metrics = metrics
        self.settings = settings
        self.device = device
        self.logger = logger
        var transfers = settings.transfers
        if !settings.registryKey.isEmpty {
            let file = RegistryKeyFile(settings.registryKey, logger)
            transfers.key = { file.key() }
        }
        models = ModelTable(
            settings.stores,
            prefersJinja: settings.prefersJinja,
            transfers: transfers,
            catalogue: catalogue,
            logger: logger
        )
        plans = PlanTable(usual: settings.loading)
        residencies = Residencies(device: device)
        let turns = EngineTurns(device: device, loop: loop, residencies: residencies)
        writer = TextWriter(turns: turns, metrics: metrics, keeper: keeper)
        embedder = Embedder(turns: turns, metrics: metrics)
        ranker = Ranker(turns: turns, metrics: metrics)
    }

    func claim(_ request: HTTPRequest) throws(HTTPError) -> RequestClaim {
        try RequestClaim(request, usual: settings.ticketClass, ceiling: settings.ceiling)
    }

    /// The model of a request; blocks while it reads.
    ///
    /// - Throws: `Refusal` 404 when there is none.
    func model(_ name: String) throws(Refusal) -> LanguageModel {
        guard let model = try models.model(named: name) else {
            throw Refusal(404, code: "model_not_found", "model '\(name)' not found")
        }
        return model
    }

    /// A model that an engine can load, for every thread: what has to be read is read on one that may
    /// wait for a disk.
    func find(_ name: String) async throws(Refusal) -> LanguageModel {
        if let known = models.known(name), known.obstacle == nil { return known }
        return try await withTaskExecutorPreference(WorkerPool.shared) {
            () async throws(Refusal) in try self.loadable(name)
        }
    }

    /// A model that an engine can load; blocks while it reads.
    func loadable(_ name: String) throws(Refusal) -> LanguageModel {
        let model = try model(name)
        if let obstacle = model.obstacle { throw obstacle }
        return model
    }

    /// How a model is started for a request.
    func plan(
        _ model: LanguageModel,
        _ options: GenerationOptions,
        for purpose: LoadPlan.Purpose,
        shifts: Bool? = nil
    ) -> LoadPlan {
        plans.plan(model, options, for: purpose, shifts: shifts ?? self.shifts(model))
    }

    /// Whether old text makes room in a model's context where nobody says anything.
    func shifts(_ model: LanguageModel) -> Bool { model.summary.details.family != "deepseek2" }

    /// How long a model stays after a request.
    func span(_ wish: KeepAlive?) -> ResidencySpan {
        switch wish {
        case .nanoseconds(let count): .atMost(.nanoseconds(count))
        case .forever: .forever
        case nil: settings.keepAlive
        }
    }

    // MARK: Loading and unloading

    /// Makes a model resident.
    func load(
        _ model: LanguageModel,
        _ plan: LoadPlan,
        _ claim: RequestClaim,
        _ keepAlive: KeepAlive?
    ) async throws {
        let span = span(keepAlive)
        try await residencies.with(plan, model: model.name) { name in
            try await device.load(
                name,
                ticketClass: claim.ticketClass,
                keepAlive: span,
                deadline: claim.deadline
            )
        }
    }

    /// Takes a model out of memory, however it was started; returns when its memory is free.
    func unload(_ model: LanguageModel) async throws {
        let file = model.contents.modelPaths.first
        let loaded = try await loadedModels().filter { loaded in
            // Another model of the same file may have started it.
            loaded.model == model.name
                || file != nil && residencies.plan(of: loaded.name)?.files["model"] == file
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for residency in loaded {
                group.addTask { [device] in try await device.unload(residency.name) }
            }
            try await group.waitForAll()
        }
    }

    /// A residency of this service's models.
    struct Loaded: Sendable {
        /// Its name at the manager.
        let name: String
        /// The model that it was started for.
        let model: String
        let bytes: Int
        let device: String
        let idle: Duration
        /// How long it stays without requests; nil for ever.
        let keepAlive: Duration?
        let isBusy: Bool
    }

    /// The models that are in memory.
    func loadedModels() async throws(DeviceError) -> [Loaded] {
        let report = try await device.status()
        let busy = (report["tickets"]?.arrayValue ?? []).filter { $0["state"] == "busy" }
            .flatMap { $0["models"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        return (report["models"]?.arrayValue ?? []).compactMap { entry in
            guard entry["engine"] == "llama", ["loading", "ready"].contains(entry["state"]),
                let name = entry["name"]?.stringValue, let model = Residencies.model(of: name)
            else { return nil }
            let seconds = entry["keep_alive_seconds"]?.doubleValue
            return Loaded(
                name: name,
                model: model,
                bytes: entry["bytes"]?.integerValue ?? 0,
                device: entry["device"]?.stringValue ?? "cpu",
                idle: .seconds(entry["idle_seconds"]?.doubleValue ?? 0),
                keepAlive: seconds.map { .seconds($0) },
                isBusy: busy.contains(name)
            )
        }
    }

    /// A name for a call of a tool that the engine has not named.
    func callName() -> String { identifier("call_", letters: 8) }

    /// A name that no other has.
    ///
    /// - Parameters:
    ///   - start: What it begins with.
    ///   - count: How many letters and digits follow.
    func identifier(_ start: String, letters count: Int = 24) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return identifiers.withLock { generator in
            start
                + String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "0" })
        }
    }
}

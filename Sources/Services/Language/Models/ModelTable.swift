internal import Catalogue
internal import LanguagePipeline
internal import Logging
internal import ModelStore
internal import POSIX
internal import Registry

/// The models of all stores, by name: the first store that has one counts.
///
/// What was read of a model is kept as long as its manifest stays the same.
final class ModelTable: Sendable {
    private let stores: [ModelStore]
    /// What changes the first store; nil where there is none.
    let work: StoreWork?
    private let prefersJinja: Bool
    private let logger: Logger
    private let known = Guarded(BoundedTable<String, LanguageModel>(limit: mostKnown))
    /// Models of the first store, by their names as clients write them.
    private let named = Guarded(BoundedTable<String, Named>(limit: mostKnown))
    private let told = Guarded<Set<StoreProblem>>([])

    /// A model whose manifest is where its name says, so that nothing else can have the name.
    private struct Named {
        let path: String
        /// What the manifest was before it was read.
        let version: FileVersion
        let model: LanguageModel
    }

    /// Models whose texts are kept at most, and names.
    private static let mostKnown = 64

    /// Opens the stores.
    ///
    /// - Parameters:
    ///   - folders: Their folders, the first one first; they need not exist.
    ///   - prefersJinja: Whether the template in a model's file goes before its own.
    ///   - transfers: How models are pulled.
    ///   - catalogue: Short names that can be pulled; nil where nothing is changed.
    ///   - logger: Where models are told that cannot be used.
    init(
        _ folders: [String],
        prefersJinja: Bool,
        transfers: RegistryTransfers.Settings,
        catalogue: Catalogue?,
        logger: Logger
    ) {
        self.prefersJinja = prefersJinja
        let stores = folders.map { folder in
            ModelStore(path: folder) { (try? PromptTemplate($0))?.fieldNames }
        }
        self.stores = stores
        work = catalogue.flatMap { StoreWork(stores, transfers, $0) }
        self.logger = logger
    }

    /// The model of a name; blocks while it reads.
    ///
    /// - Parameter text: The name, as a client writes it.
    /// - Returns: Nil when there is none.
    func model(named text: String) throws(Refusal) -> LanguageModel? {
        if let model = known(text) { return model }
        guard let name = ModelName(text) else { return nil }
        let path = stores.first?.manifestPath(of: name)
        let version = path.flatMap { FileVersion.current(of: $0) }
        guard let model = try find(name) else { return nil }
        if let path, let version, model.contents.problems.isEmpty {
            named.withLock { $0[text] = Named(path: path, version: version, model: model) }
        }
        return model
    }

    /// The model of a name that was asked for before, when its manifest is the same as then.
    ///
    /// Asks the kernel about one path that it has looked at lately, and reads nothing.
    func known(_ text: String) -> LanguageModel? {
        guard let known = named.withLock({ $0[text] }),
            FileVersion.current(of: known.path) == known.version
        else { return nil }
        return known.model
    }

    private func find(_ name: ModelName) throws(Refusal) -> LanguageModel? {
        for store in stores {
            do {
                guard let stored = try store.model(named: name) else { continue }
                return try model(stored, of: store)
            } catch let refusal as Refusal {
                throw refusal
            } catch {
                throw Refusal(
                    500,
                    code: "broken_model",
                    "the manifest of '\(name.short)' cannot be used: \(error)"
                )
            }
        }
        return nil
    }

    /// All models, newest first.
    func list() -> [ModelSummary] {
        var names: Set<ModelName> = []
        var summaries: [ModelSummary] = []
        for store in stores {
            let listing = store.list()
            tell(listing.skipped)
            for model in listing.models where names.insert(model.name).inserted {
                summaries.append(store.summary(of: model))
            }
        }
        // Each store's are so already.
        guard stores.count > 1 else { return summaries }
        return summaries.sorted { $0.model.modified > $1.model.modified }
    }

    /// A model's metadata, and its tensors when all is asked for.
    func inspect(
        _ model: LanguageModel,
        isVerbose: Bool
    ) throws -> ModelStore.Inspection? {
        for store in stores where try store.model(named: model.stored.name) == model.stored {
            return try store.inspect(model.stored, isVerbose: isVerbose)
        }
        return nil
    }

    private func model(
        _ stored: StoredModel,
        of store: ModelStore
    ) throws(Refusal) -> LanguageModel {
        let key = "\(store.path)/\(stored.place)"
        if let known = known.withLock({ $0[key] }), known.stored == stored { return known }
        let model = try LanguageModel(stored, of: store, prefersJinja: prefersJinja)
        // What is not whole may be so at the next look, when a pull has ended.
        guard model.contents.problems.isEmpty else { return model }
        known.withLock { $0[key] = model }
        return model
    }

    /// Tells what is passed over, once.
    private func tell(_ problems: [StoreProblem]) {
        for problem in problems {
            let isNew = told.withLock { $0.count < 1000 && $0.insert(problem).inserted }
            if isNew { logger.warning("passed over in the store", [("reason", "\(problem)")]) }
        }
    }
}

internal import Catalogue
internal import Registry

/// Brings a model by its name: one of the catalogue's, or one at a registry.
struct ModelPull: Sendable {
    let work: StoreWork
    let name: String
    let isInsecure: Bool

    /// Pulls it.
    ///
    /// - Parameter emit: Hands on words about it; when that fails, the pull is left.
    func run(_ emit: StatusLines.Emit) async throws {
        if let entry = work.catalogue.entry(named: name) {
            return try await CataloguePull(work: work, entry: entry).run(emit)
        }
        let reference = try RegistryReference(name, insecure: isInsecure)
        for try await update in try await work.transfers.pull(reference) {
            try await emit([update.json])
        }
    }
}

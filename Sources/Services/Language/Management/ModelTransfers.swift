internal import ModelStore
internal import POSIX
internal import Registry

/// Pulls and pushes of the service's own store; opened with the first of them, because a client that
/// nobody uses would keep a thread and some MB.
final class ModelTransfers: Sendable {
    private let writer: StoreWriter
    private let settings: RegistryTransfers.Settings
    private let opened = Guarded<RegistryTransfers?>(nil)

    init(_ writer: StoreWriter, settings: RegistryTransfers.Settings) {
        self.writer = writer
        self.settings = settings
    }

    /// Pulls a model, or joins whoever does.
    func pull(_ reference: RegistryReference) async throws -> RegistryUpdates {
        try await transfers().pull(reference)
    }

    /// Pushes a model, or joins whoever does.
    func push(_ reference: RegistryReference) async throws -> RegistryUpdates {
        try await transfers().push(reference)
    }

    /// Downloads a file that lies at a plain address.
    func fetch(
        _ file: PlainFile,
        _ progressed: @escaping @Sendable (RegistryProgress) -> Void
    ) async throws {
        try await transfers().fetch(file, progressed)
    }

    private func transfers() throws -> RegistryTransfers {
        try opened.withLock { opened in
            if let opened { return opened }
            let transfers = try RegistryTransfers(writer, settings: settings)
            opened = transfers
            return transfers
        }
    }
}

internal import Catalogue
internal import Configuration
package import HTTPService
package import ModelStore
internal import POSIX
internal import Registry
internal import Sandboxing

/// Changes of the store that is the service's own, on threads that may wait for the disk.
///
/// A few changes at a time: a disk is not faster for being asked from more sides. How many wait is
/// bounded by the requests that the server admits.
struct StoreWork: Sendable {
    /// The service's own store.
    let writer: StoreWriter
    /// All stores, the first one first.
    let stores: [ModelStore]
    /// Pulls and pushes of the own store.
    let transfers: ModelTransfers
    /// Short names that can be pulled.
    let catalogue: Catalogue
    private let pool = WorkerPool(name: "store", limit: 4)

    /// Prepares changes.
    ///
    /// - Parameters:
    ///   - stores: All stores; the first one is changed.
    ///   - settings: How models are pulled.
    ///   - catalogue: Short names that can be pulled.
    init?(
        _ stores: [ModelStore],
        _ settings: RegistryTransfers.Settings,
        _ catalogue: Catalogue
    ) {
        guard let own = stores.first else { return nil }
        self.stores = stores
        self.catalogue = catalogue
        writer = StoreWriter(own)
        transfers = ModelTransfers(writer, settings: settings)
    }

    /// Runs work that may block.
    ///
    /// - Parameter body: The work; its errors become what clients are told.
    func run<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withTaskExecutorPreference(pool) {
            do {
                return try await body()
            } catch let error as StoreError {
                throw error.httpError
            }
        }
    }

    /// The store that has a model.
    ///
    /// - Parameter name: The model.
    /// - Throws: `StoreError` `.unknownModel` when none has; a broken one counts.
    func owner(of name: ModelName) throws(StoreError) -> ModelStore {
        for store in stores {
            let model: StoredModel?
            do {
                model = try store.model(named: name)
            } catch {
                return store
            }
            if model != nil { return store }
        }
        throw .unknownModel(name.short)
    }

    /// Whether the own store has a model, even a broken one.
    func has(_ name: ModelName) throws(StoreError) -> Bool {
        do throws(StoreProblem) {
            return try writer.store.model(named: name) != nil
        } catch {
            return true
        }
    }

    /// Whether any store has a model, even a broken one.
    func isAnywhere(_ name: ModelName) throws(StoreError) -> Bool {
        do throws(StoreError) {
            _ = try owner(of: name)
            return true
        } catch {
            guard case .unknownModel = error else { throw error }
            return false
        }
    }

    /// Makes weights smaller with llama.cpp's own program, which reads and writes nothing but blobs.
    ///
    /// - Throws: `ConfigurationError` when the program is not installed.
    func quantizer() throws -> Quantizer {
        var options = LaunchOptions(program: try Programs.path(of: "llama-quantize"))
        options.confineFully(parent: CurrentProcess.id)
        options.niceness = 10
        options.readable = Programs.libraryFolders + stores.map(\.path).filter(Files.isFolder)
        options.writable = ["\(writer.store.path)/blobs"]
        let command = ChildCommand(
            path: try Programs.path(of: "baton-launch"),
            arguments: options.words
        )
        return LlamaQuantizer(command).run
    }
}

extension StoreError: HTTPErrorConvertible {
    /// What the client is told.
    package var httpError: HTTPError {
        let (status, code): (Int, String) =
            switch self {
            case .unknownModel: (404, "model_not_found")
            case .noSpace: (507, "disk_full")
            case .busy: (503, "store_busy")
            case .cancelled: (503, "cancelled")
            case .changed, .system: (500, "store_failed")
            case .problem: (500, "broken_model")
            case .quantization: (500, "quantization_failed")
            case .refused, .missingBlob, .digestMismatch, .sizeMismatch: (400, "invalid_request")
            }
        return HTTPError(status, code: code, description, retryAfter: status == 503 ? 5 : nil)
    }
}

internal import DeviceClient
internal import DeviceProtocol
internal import JSON
internal import POSIX

/// The names under which the device manager knows the models of this service.
///
/// A name is the model's, `@` and the fingerprint of how it is started. The first model that is
/// started in a way names it; others of the same file and options share it.
final class Residencies: Sendable {
    private struct State {
        /// Names by fingerprint.
        var names: [String: String] = [:]
        /// What the manager knows as far as we know.
        var defined: [String: LoadPlan] = [:]
    }

    private let device: DeviceClient
    private let state = Guarded(State())

    /// Ways of starting that are remembered at most.
    private static let mostNames = 4096

    init(device: DeviceClient) {
        self.device = device
    }

    /// The name of a plan's residency, known to the manager.
    ///
    /// - Parameters:
    ///   - plan: How the model is started.
    ///   - model: The model's name.
    func name(of plan: LoadPlan, model: String) async throws(DeviceError) -> String {
        let fingerprint = plan.fingerprint
        let (name, isDefined) = state.withLock { state in
            if state.names.count >= Self.mostNames { state = State() }
            let name = state.names[fingerprint] ?? "\(model)@\(fingerprint)"
            state.names[fingerprint] = name
            return (name, state.defined[name] != nil)
        }
        if !isDefined { try await define(plan, name) }
        return name
    }

    /// Runs something under a residency's name, which the manager may have forgotten.
    ///
    /// - Parameters:
    ///   - plan: How the model is started.
    ///   - model: The model's name.
    ///   - body: The work; run once more when the manager does not know the name.
    func with<Value>(
        _ plan: LoadPlan,
        model: String,
        _ body: (String) async throws -> Value
    ) async throws -> Value {
        let name = try await name(of: plan, model: model)
        do {
            return try await body(name)
        } catch let error as DeviceError where error.code == .unknownModel {
            try await define(plan, name)
            return try await body(name)
        }
    }

    /// The model whose residency a name is; nil for other names.
    static func model(of name: String) -> String? {
        name.lastIndex(of: "@").map { String(name[..<$0]) }
    }

    /// How a residency is started that this process has defined; nil for others.
    func plan(of name: String) -> LoadPlan? { state.withLock { $0.defined[name] } }

    private func define(_ plan: LoadPlan, _ name: String) async throws(DeviceError) {
        // An engine that finds no folder goes without, and says so when it is asked to write there.
        if let exchange = plan.exchange {
            await withTaskExecutorPreference(WorkerPool.shared) {
                try? Files.makeFolder(exchange, mode: 0o700)
            }
        }
        try await device.define(plan.definition(named: name))
        state.withLock { $0.defined[name] = plan }
    }
}

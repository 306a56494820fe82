internal import JSON
internal import ModelStore

/// Makes one model of the store, and tells of it.
struct ModelMaking: Sendable {
    let work: StoreWork
    let wish: CreateRequest
    let quantizer: Quantizer?

    /// Makes it.
    ///
    /// - Parameter emit: Hands on words about it; when that fails, the work is called off.
    func run(_ emit: StatusLines.Emit) async throws {
        try await StatusRelay.run(replacing: Self.isNewer) {
            try await emit([Self.json($0)])
        } _: { say in
            try await work.run {
                _ = try work.writer.create(wish, from: work.stores, quantizer: quantizer) {
                    say($0)
                    return !Task.isCancelled
                }
            }
        }
    }

    private static func isNewer(_ status: CreateStatus, than older: CreateStatus) -> Bool {
        status.completed != nil && status.text == older.text && status.digest == older.digest
    }

    private static func json(_ status: CreateStatus) -> JSONValue {
        var object: JSONObject = ["status": .string(status.text)]
        object["digest"] = status.digest.map { .string("\($0)") }
        object["total"] = status.total.map { JSONValue($0) }
        object["completed"] = status.completed.map { JSONValue($0) }
        return .object(object)
    }
}

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
        let mailbox = StatusMailbox<CreateStatus> { $0.text == $1.text && $0.digest == $1.digest }
        // Called off and awaited when words cannot be sent any more.
        async let made: Void = make(mailbox)
        while let words = await mailbox.next() { try await emit(words.map(Self.json)) }
        try await made
    }

    private func make(_ mailbox: StatusMailbox<CreateStatus>) async throws {
        defer { mailbox.finish() }
        try await work.run {
            _ = try work.writer.create(wish, from: work.stores, quantizer: quantizer) {
                mailbox.put($0)
                return !Task.isCancelled
            }
        }
    }

    private static func json(_ status: CreateStatus) -> JSONValue {
        var object: JSONObject = ["status": .string(status.text)]
        object["digest"] = status.digest.map { .string("\($0)") }
        object["total"] = status.total.map { JSONValue($0) }
        object["completed"] = status.completed.map { JSONValue($0) }
        return .object(object)
    }
}

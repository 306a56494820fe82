/// What tickets wait for together: models in order, and what for.
struct LaneName: Hashable, Sendable {
    let models: [String]
    let purpose: TicketRequest.Purpose
}

/// A key and perhaps a sub-key, as requests name them.
struct KeyName: Hashable, Sendable {
    let key: String
    var subKey: String?
}

/// A value with its hash, so that who looks the same up again and again does not hash it again.
struct Prehashed<Value: Hashable & Sendable>: Hashable, Sendable {
    let value: Value
    private let hash: Int

    init(_ value: Value) {
        self.value = value
        hash = value.hashValue
    }

    static func == (left: Prehashed, right: Prehashed) -> Bool {
        left.hash == right.hash && left.value == right.value
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

/// What tickets wait for together: models in order, and what for.
struct LaneName: Hashable, Sendable {
    let models: [String]
    let purpose: TicketRequest.Purpose
    private let hash: Int

    init(models: [String], purpose: TicketRequest.Purpose) {
        self.models = models
        self.purpose = purpose
        var hasher = Hasher()
        hasher.combine(models)
        hasher.combine(purpose)
        hash = hasher.finalize()
    }

    static func == (left: LaneName, right: LaneName) -> Bool {
        left.hash == right.hash && left.purpose == right.purpose && left.models == right.models
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

/// A key and perhaps a sub-key, as requests name them.
struct KeyName: Hashable, Sendable {
    let key: String
    let subKey: String?
    private let hash: Int

    init(key: String, subKey: String? = nil) {
        self.key = key
        self.subKey = subKey
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(subKey)
        hash = hasher.finalize()
    }

    static func == (left: KeyName, right: KeyName) -> Bool {
        left.hash == right.hash && left.key == right.key && left.subKey == right.subKey
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

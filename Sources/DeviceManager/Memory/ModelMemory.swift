internal import JSON
internal import POSIX

/// What is remembered of a model from one life of the manager to the next.
struct ModelMemory: Sendable, Hashable {
    /// What its files made us expect; with other files the rest means nothing.
    var estimate: Int
    /// Bytes that it took when it was last measured.
    var footprint: Int?
    /// How long loading took.
    var loadTime: Duration?
    /// What tickets on it held: the 0.9 quantile.
    var held: Duration?
    /// Whether somebody pinned it.
    var isPinned = false

    /// Gives a model what is known of it.
    func recall(into entry: inout DeviceManager.Settings.Entry) {
        if isPinned { entry.isPinned = true }
        // Of other files nothing is known.
        guard estimate == entry.description.footprint else { return }
        if let footprint { entry.description.footprint = footprint }
        entry.description.loadTime = loadTime
        if let held { entry.description.heldTimes = HeldTimes(remembered: held.nanoseconds) }
    }

    /// Whether it is worth writing down what differs: measurements tremble, and storage wears.
    func differsMuch(from old: ModelMemory?) -> Bool {
        guard let old, old.estimate == estimate, old.isPinned == isPinned else { return true }
        return Self.differ(footprint.map(Double.init), old.footprint.map(Double.init))
            || Self.differ(loadTime?.seconds, old.loadTime?.seconds)
            || Self.differ(held?.seconds, old.held?.seconds)
    }

    /// Whether two figures are more than a quarter apart.
    private static func differ(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return (left == nil) != (right == nil) }
        return abs(left - right) > max(left, right) / 4
    }
}

extension ModelMemory {
    /// Reads the memory of every model.
    ///
    /// - Throws: `JSONFieldError` or `JSONError` when it was not written by this program.
    static func all(in bytes: [UInt8]) throws -> [String: ModelMemory] {
        let fields = try JSONFields(JSONValue(parsing: bytes))
        guard try fields.integer("version") == 1 else {
            throw fields.error("version", "is not 1")
        }
        guard let list = try fields.fields("models") else {
            throw fields.error("models", "is missing")
        }
        var memories: [String: ModelMemory] = [:]
        for (name, value) in list.object.members {
            let model = try JSONFields(value, path: "models.\(name)")
            memories[name] = ModelMemory(
                estimate: try model.require("estimate_bytes", model.integer("estimate_bytes")),
                footprint: try model.integer("footprint_bytes", in: 1...Int.max),
                loadTime: try time(model, "load_ms"),
                held: try time(model, "held_ms"),
                isPinned: try model.bool("pinned") ?? false
            )
        }
        return memories
    }

    private static func time(_ fields: JSONFields, _ name: String) throws -> Duration? {
        try fields.double(name, in: 0...1e12).map { .nanoseconds(Int64($0 * 1e6)) }
    }

    /// The memory of every model as it is written.
    static func bytes(of memories: [String: ModelMemory]) -> [UInt8] {
        let models = memories.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        let file: JSONValue = ["version": 1, "models": .object(JSONObject(models))]
        return Array((file.indented + "\n").utf8)
    }

    private var json: JSONValue {
        var object: JSONObject = ["estimate_bytes": JSONValue(estimate)]
        if let footprint { object["footprint_bytes"] = JSONValue(footprint) }
        if let loadTime { object["load_ms"] = JSONValue(loadTime.milliseconds) }
        if let held { object["held_ms"] = JSONValue(held.milliseconds) }
        if isPinned { object["pinned"] = true }
        return .object(object)
    }
}

package import JSON

/// A model as a service defines it: what the manager starts when a request needs it.
package struct ModelDefinition: Sendable, Hashable {
    /// Its name; the same name stands for the same files and settings.
    package let name: String
    /// Which engine loads it: "llama".
    package let engine: String
    /// Absolute paths of its files, by the names that settings use.
    package let files: [String: String]
    /// Parameters for the engine.
    package let settings: JSONObject
    /// Most tickets that are busy on it at once; 1 to 256.
    package let slots: Int
    /// Bytes that it is thought to take.
    package let footprint: Int
    /// How long loading may take; nil for what is usual.
    package let loadTimeout: Duration?
    /// Folders in which its engine may write, as absolute paths.
    package var writable: [String] = []
    /// How long its engine waits, before it leaves for others, until this client has let it go; nil
    /// for not at all.
    package var notice: Duration?

    /// Describes a model.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - engine: Which engine loads it.
    ///   - files: Absolute paths of its files, by the names that settings use.
    ///   - settings: Parameters for the engine.
    ///   - slots: Most tickets that are busy on it at once; 1 to 256.
    ///   - footprint: Bytes that it is thought to take.
    ///   - loadTimeout: How long loading may take; nil for what is usual.
    package init(
        name: String,
        engine: String,
        files: [String: String],
        settings: JSONObject,
        slots: Int,
        footprint: Int,
        loadTimeout: Duration? = nil
    ) {
        self.name = name
        self.engine = engine
        self.files = files
        self.settings = settings
        self.slots = slots
        self.footprint = footprint
        self.loadTimeout = loadTimeout
    }

    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "engine": .string(engine),
            "files": .object(
                JSONObject(files.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            "settings": .object(settings), "slots": JSONValue(slots),
            "footprint_bytes": JSONValue(footprint),
        ]
        if let loadTimeout {
            object["load_timeout_ms"] = JSONValue(Int(loadTimeout / .milliseconds(1)))
        }
        if !writable.isEmpty { object["writable"] = .array(writable.map { .string($0) }) }
        if let notice { object["notice_ms"] = JSONValue(Int(notice / .milliseconds(1))) }
        return .object(object)
    }
}

/// How long models stay in memory without tickets.
package enum ResidencySpan: Sendable, Hashable {
    /// Until they must go for others.
    case forever
    /// This long; zero means not at all.
    case atMost(Duration)

    /// Milliseconds, as the manager is told; negative for ever.
    var milliseconds: JSONValue {
        switch self {
        case .forever: -1
        case .atMost(let span): JSONValue(Int(min(max(span / .milliseconds(1), 0), 0x1p53)))
        }
    }
}

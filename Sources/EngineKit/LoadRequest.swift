import DeviceProtocol
package import JSON

/// What the device manager asks an engine to load.
package struct LoadRequest: Sendable {
    /// One graph of a bundle.
    package struct Graph: Sendable, Hashable {
        /// Its name.
        package let name: String
        /// Its file.
        package let path: String
    }

    /// The model's name, for messages.
    package let model: String
    /// Its graphs, at least one.
    package let graphs: [Graph]
    /// How to load it; what it may hold is the engine's business.
    package let settings: JSONFields

    /// Reads a `load` frame.
    ///
    /// - Parameter frame: The frame.
    /// - Throws: `JSONFieldError` when something is missing or of the wrong kind.
    package init(_ frame: JSONObject) throws(JSONFieldError) {
        let fields = try JSONFields(.object(frame))
        model = try fields.require("model", fields.string("model"))
        let entries = try fields.require("graphs", fields.fields("graphs"))
        var graphs: [Graph] = []
        for (name, _) in entries.object.members {
            let entry = try entries.require(name, entries.fields(name))
            if let extra = entry.object.members.first(where: { $0.name != "path" }) {
                throw entry.error(extra.name, "is unknown")
            }
            let path = try entry.require("path", entry.string("path"))
            graphs.append(Graph(name: name, path: path))
        }
        guard !graphs.isEmpty else { throw fields.error("graphs", "is empty") }
        self.graphs = graphs
        let given = fields.value("settings") ?? [:]
        settings = try JSONFields(given, path: "settings")
    }

    /// Refuses settings that an engine does not know, so that none is silently without effect.
    ///
    /// - Parameter names: The settings that it knows.
    /// - Throws: `EngineError` with `loadFailed` that names every unknown one.
    package func acceptOnly(_ names: [String]) throws(EngineError) {
        let unknown = settings.object.members.map(\.name).filter { !names.contains($0) }
        guard !unknown.isEmpty else { return }
        let list = unknown.map { "'\($0)'" }.joined(separator: ", ")
        throw EngineError(
            .loadFailed,
            "unknown settings: \(list); known are \(names.joined(separator: ", "))"
        )
    }
}

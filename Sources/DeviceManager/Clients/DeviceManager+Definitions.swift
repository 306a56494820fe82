internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// Models that a client defines: which files, in which engine, with which parameters.
///
/// A service knows what its requests want loaded; the manager cannot. Who may define a model has
/// programs of ours started with arguments of its choice, so only who may manage and is of the
/// manager's own user, or root, does.
extension DeviceManager {
    /// Most models that clients have defined; those go that are not in memory and were not asked for.
    private static let mostDefined = 256

    func define(_ fields: JSONFields, _ client: ClientConnection) throws -> JSONObject {
        let user = client.peer.uid
        guard user == 0 || user == CurrentProcess.user, let treat else {
            throw DeviceError(.forbidden, "this user may not define models")
        }
        let wish = try fields.require("model", fields.fields("model"))
        let model = try Self.model(wish)
        guard surroundings.programs.engines[model.engine] != nil else {
            throw DeviceError(
                .loadFailed,
                "there is no engine '\(model.engine)': it is not installed beside baton, and"
                    + " BATON_ENGINE_PREFIX does not lead to it"
            )
        }
        if models[model.name] != nil, !defined.contains(model.name) {
            throw wish.error("name", "is that of a configured model: '\(model.name)'")
        }
        let bytes = try wish.require("footprint_bytes", wish.integer("footprint_bytes"))
        guard bytes >= 0 else { throw wish.error("footprint_bytes", "must not be negative") }
        var entry = treat(model, bytes)
        if let slots = try wish.integer("slots", in: 1...256) { entry.description.slots = slots }
        if let limit = try wish.integer("load_timeout_ms", in: 1...86_400_000) {
            entry.description.loadTimeout = .milliseconds(limit)
        }
        for folder in try wish.strings("writable") ?? [] {
            guard folder.hasPrefix("/") else {
                throw wish.error("writable", "must hold absolute paths, not '\(folder)'")
            }
            entry.limits.writable.append(folder)
        }
        let notice = try wish.integer("notice_ms", in: 1...10_000)
        Self.allowSilence(&entry, surroundings.programs, scheduler.limits)
        remembered[model.name]?.recall(into: &entry)
        try add(entry)
        notices.wishes[model.name] = notice.map { (client.id, .milliseconds($0)) }
        return ["status": "ok"]
    }

    private func add(_ entry: Settings.Entry) throws(DeviceError) {
        let name = entry.model.name
        if models[name]?.model == entry.model { return noteWanted(name) }
        while defined.count >= Self.mostDefined, models[name] == nil {
            guard let old = defined.first(where: { forgetModel($0) }) else {
                throw DeviceError(
                    .queueFull,
                    "\(defined.count) defined models are in use",
                    retryAfter: .seconds(1)
                )
            }
            logger.debug("a defined model is forgotten", [("model", old)])
        }
        guard scheduler.define(entry.description, at: .now) else {
            throw DeviceError(
                .queueFull,
                "another model of the name '\(name)' is in use",
                retryAfter: .seconds(1)
            )
        }
        models[name] = entry
        noteWanted(name)
        if entry.isPinned { apply { $0.pin(name, true, at: $1) } }
        logger.info("defined", [("model", name), ("engine", entry.model.engine)])
    }

    private func forgetModel(_ name: String) -> Bool {
        guard scheduler.forget(name) else { return false }
        models[name] = nil
        notices.wishes[name] = nil
        defined.removeAll { $0 == name }
        return true
    }

    private func noteWanted(_ name: String) {
        defined.removeAll { $0 == name }
        defined.append(name)
    }

    private static func model(_ fields: JSONFields) throws -> Model {
        let name = try fields.require("name", fields.string("name"))
        guard (1...256).contains(name.utf8.count) else {
            throw fields.error("name", "must have 1 to 256 bytes")
        }
        var graphs: [String: String] = [:]
        for (graph, file) in try fields.fields("files")?.object.members ?? [] {
            guard let path = file.stringValue, path.hasPrefix("/") else {
                throw fields.error("files.\(graph)", "must be an absolute path")
            }
            graphs[graph] = path
        }
        return Model(
            name: name,
            engine: try fields.require("engine", fields.string("engine")),
            graphs: graphs,
            settings: try fields.fields("settings")?.object ?? [:],
            license: try fields.string("license")
        )
    }
}

internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// What is known of those who are told before an engine leaves.
struct EngineNotices {
    /// Whom to tell, by model, and how long the engine waits for its answer.
    var wishes: [String: (client: ClientID, span: Duration)] = [:]
    /// When engines end that are about to leave.
    var pending: [Generation: EventLoop.Timer] = [:]
}

/// The last moments of engines that leave for others or after their time.
///
/// DESIGN. What an engine has worked out is gone with its process, and only the service that had it
/// work knows what of it is worth keeping. So whoever defined the model may ask to be told first: it
/// gets one more connection to the engine and a bounded time, and says when it has finished. The
/// manager learns nothing of what is kept. Engines that failed or grew too large get no such time,
/// nor those of a manager that ends. The memory counts as taken meanwhile, as it does anyway until a
/// process is gone: the scheduler decides nothing differently.
extension DeviceManager {
    /// Ends an engine, after telling whoever asked to be told.
    func leave(_ name: String, _ generation: Generation) {
        guard let engine = engines[generation] else { return }
        guard let wish = notices.wishes[name], let client = clients[wish.client],
            !scheduler.isDraining, case .http(let link) = engine.link,
            // A server that does not take a connection at once has nothing to say.
            let socket = try? link.connectOnceMore()
        else { return engine.process.kill() }
        let event: JSONObject = [
            "event": "leaving", "model": .string(name), "engine": .string(engine.instance),
            "grace_ms": JSONValue(Int(wish.span.milliseconds)),
        ]
        notices.pending[generation] = loop.schedule(at: .now + wish.span) { [self] in
            assumeIsolated { manager in
                guard manager.notices.pending.removeValue(forKey: generation) != nil else {
                    return
                }
                manager.logger.warning("an engine ends before it was let go", [("model", name)])
                manager.engines[generation]?.process.kill()
            }
        }
        // It may be stopped for others.
        engine.process.resume()
        client.connection.send(event, descriptors: [socket])
    }

    /// A client has finished with an engine that is to leave.
    func parted(_ fields: JSONFields, _ client: ClientConnection) throws -> JSONObject {
        let instance = try fields.require("engine", fields.string("engine"))
        let match = engines.first { $0.value.instance == instance }
        // One that has ended needs no leave.
        guard let (generation, engine) = match, notices.pending[generation] != nil else {
            return ["status": "ok"]
        }
        guard notices.wishes[engine.model.name]?.client == client.id else {
            throw DeviceError(.forbidden, "another client has the last word on this engine")
        }
        forgetNotice(of: generation)
        engine.process.kill()
        return ["status": "ok"]
    }

    func forgetNotice(of generation: Generation) {
        if let timer = notices.pending.removeValue(forKey: generation) { loop.cancel(timer) }
    }
}

import DeviceProtocol
import JSON
import Logging
import POSIX

/// What the device manager says; all on the loop's thread.
extension EngineProcess {
    func receiveControl(_ frame: JSONObject, _ descriptors: [FileDescriptorBox]) {
        do {
            try perform(try JSONFields(.object(frame)), descriptors)
        } catch {
            let reason = error.description
            guard let id = frame["request_id"]?.integerValue else {
                return log.error("a control frame is wrong", [("reason", reason)])
            }
            connections.withLock { $0.control }?.reply(id, EngineError(.badRequest, reason))
        }
    }

    private func perform(
        _ frame: JSONFields,
        _ descriptors: [FileDescriptorBox]
    ) throws(JSONFieldError) {
        switch try frame.require("action", frame.string("action")) {
        case "load": try load(frame)
        case "attach": try attach(frame, descriptors)
        case "admit":
            let word = try frame.require("class", frame.string("class"))
            guard let ticketClass = TicketClass(rawValue: word) else {
                throw frame.error("class", "is unknown: '\(word)'")
            }
            let key = try token(frame)
            shared.withLock { $0.board.admit(key, as: ticketClass) }
        case "revoke":
            let key = try token(frame)
            callOff(.revoked) { $0.revoke(key) }
        case "ping": reply(try frame.require("request_id", frame.integer("request_id")), [])
        case "stats":
            reply(try frame.require("request_id", frame.integer("request_id")), statistics)
        case let other: throw frame.error("action", "is unknown: '\(other)'")
        }
    }

    private func reply(_ id: Int, _ members: [(String, JSONValue)]) {
        connections.withLock { $0.control }?.reply(id, members)
    }

    private func token(_ frame: JSONFields) throws(JSONFieldError) -> TokenTable.Key {
        let channel = try frame.require("channel", frame.integer("channel"))
        let token = try frame.require("token", frame.string("token"))
        return TokenTable.Key(channel: channel, token: token)
    }

    private func load(_ frame: JSONFields) throws(JSONFieldError) {
        let id = try frame.require("request_id", frame.integer("request_id"))
        let request = try LoadRequest(frame.object)
        let isAccepted = shared.withLock { shared in
            guard shared.model == nil, !shared.isLoading else { return false }
            shared.isLoading = true
            shared.load = Load(request: request, id: id)
            return true
        }
        if isAccepted { return wake.post() }
        let reason = "this process has a model already; another one takes another process"
        connections.withLock { $0.control }?.reply(id, EngineError(.loadFailed, reason))
    }

    private func attach(
        _ frame: JSONFields,
        _ descriptors: [FileDescriptorBox]
    ) throws(JSONFieldError) {
        let number = try frame.require("channel", frame.integer("channel"))
        guard descriptors.count == 1, let socket = descriptors.first else {
            throw frame.error("channel", "comes with one descriptor, not \(descriptors.count)")
        }
        guard connections.withLock({ $0.channels[number] == nil }) else {
            throw frame.error("channel", "\(number) is taken")
        }
        open(channel: number, socket)
    }

    private var statistics: [(String, JSONValue)] {
        let channels = connections.withLock { $0.channels.count }
        // Without `/proc` there is no figure, and `null` shows that.
        let resident = (try? ProcessMemory.resident()).map { JSONValue($0) } ?? .null
        return shared.withLock { shared in
            let board = shared.board
            let queued = TicketClass.allCases.reversed().map {
                ($0.rawValue, JSONValue(board.waiting($0)))
            }
            return [
                ("model", shared.modelName.map { .string($0) } ?? .null),
                ("channels", JSONValue(channels)),
                ("tokens", JSONValue(board.tokenCount)),
                ("queued", .object(JSONObject(queued))),
                ("running", board.runningItem.map { .string($0.key.token) } ?? .null),
                ("completed", JSONValue(shared.statistics.completed)),
                ("failed", JSONValue(shared.statistics.failed)),
                ("refused", JSONValue(shared.statistics.refused)),
                ("held_us", JSONValue(shared.statistics.held / 1000)),
                ("resident_bytes", resident),
            ]
        }
    }
}

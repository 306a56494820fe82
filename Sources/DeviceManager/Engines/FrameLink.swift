internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// The control connection to an engine that speaks frames.
///
/// The engine says hello, is sent its model, and answers when that is loaded.
final class FrameLink: Sendable {
    /// A client's channel and the token of one of its grants.
    struct Pass: Sendable {
        let channel: Int
        let token: String
    }

    private let control: FrameConnection

    /// - Throws: `SystemError` when the socket cannot be watched.
    init(
        over socket: FileDescriptorBox,
        to model: Model,
        loop: EventLoop,
        logger: Logger,
        events: @escaping @Sendable (EngineProcess.Event) -> Void
    ) throws(SystemError) {
        let load = Self.loadRequest(model)
        let sender = Sender()
        // An engine that closes its control connection exits, which is reported by itself.
        let handlers = FrameConnection.Handlers(
            frame: { frame, _ in
                Self.handle(frame, load: load, sender: sender, logger: logger, events: events)
            },
            closed: { _ in }
        )
        let connection = try FrameConnection(socket: socket, loop: loop, handlers: handlers)
        control = connection
        sender.connection.withLock { $0.connection = connection }
    }

    /// Gives the engine its end of a client's channel.
    func attach(channel: Int, socket: FileDescriptorBox) {
        control.send(["action": "attach", "channel": JSONValue(channel)], descriptors: [socket])
    }

    /// Lets work with a token run on a channel, after others were taken back.
    func admit(_ pass: Pass, as ticketClass: TicketClass, revoking ended: [Pass]) {
        control.send(ended.map(Self.revocation) + [Self.admission(pass, ticketClass)])
    }

    /// Takes tokens back; work under them ends as soon as the engine can.
    func revoke(_ passes: [Pass]) {
        control.send(passes.map(Self.revocation))
    }

    /// Asks for a sign of life.
    func ping() {
        control.send(["action": "ping", "request_id": JSONValue(Self.pingID)])
    }

    private static func admission(_ pass: Pass, _ ticketClass: TicketClass) -> JSONObject {
        [
            "action": "admit", "channel": JSONValue(pass.channel), "token": .string(pass.token),
            "class": .string(ticketClass.rawValue),
        ]
    }

    private static func revocation(_ pass: Pass) -> JSONObject {
        ["action": "revoke", "channel": JSONValue(pass.channel), "token": .string(pass.token)]
    }

    // MARK: Internals

    /// Lets the handlers reach the connection that they are made for, and that owns them.
    private final class Sender: Sendable {
        struct Reference {
            weak var connection: FrameConnection?
        }

        let connection = Guarded(Reference())
    }

    private static func handle(
        _ frame: JSONObject,
        load: JSONObject,
        sender: Sender,
        logger: Logger,
        events: @Sendable (EngineProcess.Event) -> Void
    ) {
        switch frame["event"]?.stringValue {
        case "hello":
            sender.connection.withLock { $0.connection }?.send(load)
        case "idle":
            let held = Duration.microseconds(frame["held_us"]?.integerValue ?? 0)
            events(.idle(token: frame["token"]?.stringValue ?? "", held: held))
        case "progress":
            events(.alive(call: .microseconds(frame["call_us"]?.integerValue ?? 0)))
        case nil where frame["request_id"]?.integerValue == pingID:
            events(.alive(call: .zero))
        case nil where frame["request_id"]?.integerValue == loadID:
            if let error = DeviceError(reply: frame) {
                events(.refused(error.message))
            } else {
                events(.ready)
            }
        default:
            logger.debug(
                "an engine said something",
                [
                    ("frame", String(decoding: JSONValue.object(frame).serialized, as: UTF8.self))
                ]
            )
        }
    }

    private static let loadID = 1
    private static let pingID = 2

    private static func loadRequest(_ model: Model) -> JSONObject {
        let graphs = model.graphs.sorted { $0.key < $1.key }
            .map { ($0.key, JSONValue.object(["path": .string($0.value)])) }
        return [
            "action": "load", "request_id": JSONValue(loadID), "model": .string(model.name),
            "graphs": .object(JSONObject(graphs)), "settings": .object(model.settings),
        ]
    }
}

import DeviceProtocol
import JSON
import POSIX
import Testing

/// A real engine process, started as the device manager starts it.
final class EngineUnderTest: Sendable {
    let process: ChildProcess
    let control: Peer
    let hello: JSONObject
    private let loop: EventLoop
    private let ending: Ending
    private let channels = Guarded(0)

    /// How the process ended, for whoever waits.
    private final class Ending: Sendable {
        private struct State {
            var status: POSIX.ExitStatus?
            var waiter: CheckedContinuation<POSIX.ExitStatus, Never>?
        }

        private let state = Guarded(State())

        func resolve(_ status: POSIX.ExitStatus) {
            let waiter = state.withLock { state in
                state.status = status
                return state.waiter.take()
            }
            waiter?.resume(returning: status)
        }

        func wait() async -> POSIX.ExitStatus {
            await withCheckedContinuation { waiter in
                let status = state.withLock { state -> POSIX.ExitStatus? in
                    if state.status == nil { state.waiter = waiter }
                    return state.status
                }
                if let status { waiter.resume(returning: status) }
            }
        }
    }

    private init(
        _ process: ChildProcess,
        _ control: Peer,
        _ hello: JSONObject,
        _ loop: EventLoop,
        _ ending: Ending
    ) {
        self.process = process
        self.control = control
        self.hello = hello
        self.loop = loop
        self.ending = ending
    }

    deinit {
        process.kill()
        loop.stop()
    }

    /// Starts an engine and waits for its greeting.
    static func start(_ engine: String) async throws -> EngineUnderTest {
        let loop = try EventLoop(name: "test-engine")
        let (process, control, ending) = try await launch(engine, [], loop)
        return EngineUnderTest(process, control, try await control.event("hello"), loop, ending)
    }

    /// Starts an engine that says nothing, and waits for its end.
    static func run(_ engine: String, _ arguments: [String]) async throws -> POSIX.ExitStatus {
        let loop = try EventLoop(name: "test-engine")
        defer { loop.stop() }
        let (_, control, ending) = try await launch(engine, arguments, loop)
        let status = await ending.wait()
        control.close()
        return status
    }

    private static func launch(
        _ engine: String,
        _ arguments: [String],
        _ loop: EventLoop
    ) async throws -> (ChildProcess, Peer, Ending) {
        let folder = Files.executable.split(separator: "/").dropLast().joined(separator: "/")
        let (ours, theirs) = try Socket.pair()
        let command = ChildCommand(
            path: "/\(folder)/baton-engine-\(engine)",
            arguments: arguments,
            descriptors: [(number: 3, box: theirs)]
        )
        let ending = Ending()
        let process = try await Spawner(loop: loop).startOnLoop(command) { ending.resolve($0) }
        return (process, try Peer(ours, loop), ending)
    }

    /// How the process ended; waits for its end.
    func status() async -> POSIX.ExitStatus { await ending.wait() }

    /// Asks the engine to load graphs by name and file.
    func load(_ graphs: [String: String], settings: JSONObject = [:]) async throws -> JSONObject {
        let entries = graphs.map { ($0.key, JSONValue.object(["path": .string($0.value)])) }
        return try await control.ask([
            "action": "load", "model": "test", "graphs": .object(JSONObject(entries)),
            "settings": .object(settings),
        ])
    }

    /// Opens a channel; with a token its work may run at once.
    func channel(
        token: String? = "token",
        _ ticketClass: TicketClass = .interactive
    ) throws -> ChannelUnderTest {
        let number = channels.withLock { count in
            count += 1
            return count
        }
        let (ours, theirs) = try Socket.pair()
        control.send(["action": "attach", "channel": JSONValue(number)], descriptors: [theirs])
        let channel = ChannelUnderTest(number, try Peer(ours, loop), of: self)
        if let token { admit(channel, token, ticketClass) }
        return channel
    }

    /// Opens a channel whose end nobody reads.
    func rawChannel() throws -> FileDescriptorBox {
        let (ours, theirs) = try Socket.pair()
        try ours.setNonblocking(true)
        let number = channels.withLock { count in
            count += 1
            return count
        }
        control.send(["action": "attach", "channel": JSONValue(number)], descriptors: [theirs])
        return ours
    }

    func admit(_ channel: ChannelUnderTest, _ token: String, _ ticketClass: TicketClass) {
        control.send([
            "action": "admit", "channel": JSONValue(channel.number), "token": .string(token),
            "class": .string(ticketClass.rawValue),
        ])
    }

    func revoke(_ channel: ChannelUnderTest, _ token: String = "token") {
        control.send([
            "action": "revoke", "channel": JSONValue(channel.number), "token": .string(token),
        ])
    }

    /// Asks again and again until the engine's figures are as wanted.
    func wait(until isReached: (JSONObject) -> Bool) async throws {
        while true {
            if isReached(try await control.ask(["action": "stats"])) { return }
        }
    }

    /// Waits until work under a token runs.
    func waitUntilRunning(_ token: String = "token") async throws {
        try await wait { $0["running"]?.stringValue == token }
    }
}

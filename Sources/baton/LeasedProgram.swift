import CommandLine
import DeviceClient
import DeviceProtocol
import Glibc
import POSIX

/// A program that runs while its lease has the device, and is stopped while it has not.
///
/// Everything that happens to it comes through one stream: what the manager says, the program's end,
/// signals from outside, and reminders.
final class LeasedProgram: Sendable {
    private enum Event: Sendable {
        case taken(Result<DeviceLease, DeviceError>)
        case lease(DeviceLease.Event)
        case exited(ExitStatus)
        case signal(Signals.Signal)
        /// Look whether a program that was asked to yield has stopped itself.
        case look
        /// A program that was told to end has had its time.
        case impatient
    }

    /// EX_UNAVAILABLE and EX_TEMPFAIL of sysexits.h.
    private static let noDeviceCode: Int32 = 69
    private static let endedCode: Int32 = 75
    /// How long a program may take to end when its lease has ended.
    private static let endGrace = Duration.seconds(2)
    /// How long the manager may be away before the program is ended.
    private static let absence = Duration.seconds(30)
    /// From one look at a program that was asked to yield to the next.
    private static let lookPause = Duration.milliseconds(5)

    private let command: ChildCommand
    private let wish: DeviceLease.Wish
    private let asksFirst: Bool
    private let client: DeviceClient
    private let loop: EventLoop
    private let spawner: Spawner
    private let events: AsyncStream<Event>
    private let send: AsyncStream<Event>.Continuation

    /// - Throws: `SystemError` when signals cannot be received.
    init(
        _ command: ChildCommand,
        wish: DeviceLease.Wish,
        asksFirst: Bool,
        client: DeviceClient,
        loop: EventLoop
    ) throws(SystemError) {
        self.command = command
        self.wish = wish
        self.asksFirst = asksFirst
        self.client = client
        self.loop = loop
        spawner = Spawner(loop: loop)
        // Unbounded: the manager, the kernel and reminders say each thing once.
        (events, send) = AsyncStream.makeStream()
        try Signals.deliver(on: loop) { [send] in send.yield(.signal($0)) }
    }

    /// Waits for the device, runs the program to its end, and returns the exit code.
    func run() async -> Int32 {
        let lease: DeviceLease
        switch await take(within: wish.deadline) {
        case .taken(.success(let taken)): lease = taken
        case .taken(.failure(let error)):
            say(error.message)
            return Self.noDeviceCode
        case .signal(let signal): return 128 + signal.rawValue
        default: return Self.noDeviceCode
        }
        do {
            let child = try await spawner.startOnLoop(command) { [send] in send.yield(.exited($0)) }
            // It may have read from the terminal, and been stopped for it, before that was its own.
            let hasTerminal = ControllingTerminal.give(to: child.pid)
            if hasTerminal { child.resume() }
            defer { if hasTerminal { ControllingTerminal.takeBack() } }
            return await accompany(child, lease)
        } catch {
            lease.release()
            say("\(error)")
            return Self.noDeviceCode
        }
    }

    private func accompany(_ child: ChildProcess, _ first: DeviceLease) async -> Int32 {
        var lease = first
        var isEnding = false
        /// When a program that was asked to yield is stopped.
        var yieldsUntil: MonotonicTime?
        listen(to: lease)
        for await event in events {
            switch event {
            case .exited(let status):
                lease.release()
                return isEnding ? Self.endedCode : Self.code(of: status)
            case .signal(let signal):
                child.signal(signal.rawValue)
            case .lease(.yield(let grace)):
                if asksFirst { child.signal(SIGUSR1) }
                // Earlier than the manager's patience, at whose end the lease is over.
                yieldsUntil = .now + (asksFirst ? grace * 4 / 5 : .zero)
                send.yield(.look)
            case .look:
                guard let end = yieldsUntil else { continue }
                guard child.isStopped || .now >= end else {
                    remind(.look, after: Self.lookPause)
                    continue
                }
                yieldsUntil = nil
                _ = child.stop()
                lease.yielded()
            case .lease(.proceed):
                child.resume()
            case .lease(.ended(let reason)):
                say("the lease was ended: \(reason.message)")
                isEnding = true
                end(child, by: SIGTERM)
            case .lease(.lost):
                yieldsUntil = nil
                guard !isEnding else { continue }
                _ = child.stop()
                switch await takeAgain() {
                case .taken(.success(let next)):
                    lease = next
                    listen(to: lease)
                    child.resume()
                case .exited(let status): return Self.code(of: status)
                case .signal(let signal):
                    end(child, by: signal.rawValue)
                default:
                    isEnding = true
                    end(child, by: SIGTERM)
                }
            case .impatient:
                child.kill()
            case .taken:
                continue
            }
        }
        // The stream never ends by itself.
        return Self.endedCode
    }

    /// Asks for a lease and waits for it, for a signal, or for the program's end.
    private func take(within deadline: Duration?) async -> Event {
        var wish = wish
        wish.deadline = deadline
        let asked = wish
        // Cancelled when something else comes first.
        let task = Task { [client, send] in
            do throws(DeviceError) {
                send.yield(.taken(.success(try await client.lease(asked))))
            } catch {
                send.yield(.taken(.failure(error)))
            }
        }
        for await event in events {
            switch event {
            case .taken: return event
            case .signal, .exited:
                task.cancel()
                return event
            case .lease, .look, .impatient: continue
            }
        }
        return .taken(.failure(DeviceError(.cancelled, "nothing is waited for any more")))
    }

    /// Asks the manager's successor for a lease, for as long as it may be away.
    private func takeAgain() async -> Event {
        say("the device manager has gone; the program waits")
        let end = MonotonicTime.now + Self.absence
        while true {
            let event = await take(within: end - .now)
            guard case .taken(.failure(let error)) = event else { return event }
            guard error.code == .unavailable, .now < end else {
                say(error.message)
                return event
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func listen(to lease: DeviceLease) {
        // Ends with the lease, or with the process.
        Task { [send] in
            while let event = await lease.next() {
                send.yield(.lease(event))
                switch event {
                case .ended, .lost: return
                case .yield, .proceed: continue
                }
            }
        }
    }

    /// Ends the program: by a signal first, then at once.
    private func end(_ child: ChildProcess, by signal: Int32) {
        child.signal(signal)
        // A stopped process acts on it only when it runs on.
        child.resume()
        remind(.impatient, after: Self.endGrace)
    }

    private func remind(_ event: Event, after span: Duration) {
        _ = loop.schedule(at: .now + span) { [send] in send.yield(event) }
    }

    private func say(_ text: String) {
        Terminal.writeError("baton lease: \(text)\n")
    }

    private static func code(of status: ExitStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .killed(let signal): 128 + signal
        }
    }
}

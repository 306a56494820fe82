import Glibc
import POSIX
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct SpawnerTests {
    private let loop: EventLoop
    private let spawner: Spawner

    init() throws {
        loop = try EventLoop(name: "test-spawner")
        spawner = Spawner(loop: loop)
    }

    private func start(
        _ script: String,
        descriptors: [(number: Int32, box: FileDescriptorBox)] = [],
        path: String = "/bin/sh"
    ) async -> (Result<ChildProcess, SystemError>, Inbox<POSIX.ExitStatus>) {
        let exits = Inbox<POSIX.ExitStatus>()
        let command = ChildCommand(
            path: path,
            arguments: ["-c", script],
            environment: ["PATH=/usr/bin:/bin", "ANSWER=42"],
            descriptors: descriptors
        )
        let started = Inbox<Result<ChildProcess, SystemError>>()
        loop.submit { [spawner] in
            started.put(
                Result { () throws(SystemError) in try spawner.start(command) { exits.put($0) } }
            )
        }
        return (await started.next(), exits)
    }

    @Test(arguments: [
        ("exit 0", POSIX.ExitStatus.exited(0)), ("exit 7", .exited(7)),
        ("exit $ANSWER", .exited(42)),
        ("kill -9 $$", .killed(signal: 9)), ("kill -TERM $$", .killed(signal: 15)),
    ])
    func tellsHowAChildEnded(script: String, status: POSIX.ExitStatus) async {
        let (_, exits) = await start(script)
        #expect(await exits.next() == status)
        loop.stop()
    }

    @Test func refusesAProgramThatDoesNotExist() async {
        let (result, exits) = await start("", path: "/nonexistent/program")
        #expect(throws: SystemError(code: ENOENT, operation: "start '/nonexistent/program'")) {
            try result.get()
        }
        #expect(exits.isEmpty)
        loop.stop()
    }

    @Test func passesDescriptorsByNumber() async throws {
        let (here, there) = try Socket.pair()
        let (other, otherThere) = try Socket.pair()
        // The two cross over: each has the number that the other shall get, or a lower one.
        let (_, exits) = await start(
            "read line <&4; echo \"got $line\" >&3; test -e /proc/$$/fd/\(here.number) || echo closed >&3",
            descriptors: [(number: 3, box: there), (number: 4, box: otherThere)]
        )
        #expect(write(other.number, "hello\n", 6) == 6)
        #expect(await exits.next() == .exited(0))
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = read(here.number, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        #expect(text == "got hello\nclosed\n")
        loop.stop()
    }

    @Test func stopsAndContinues() async throws {
        let (here, there) = try Socket.pair()
        let script = "while read line; do echo $line; done <&3 >&3"
        let (result, exits) = await start(script, descriptors: [(number: 3, box: there)])
        let child = try result.get()
        var byte: UInt8 = 0
        for round in 0..<5 {
            #expect(child.stop())
            #expect(child.stop())
            #expect(Self.state(of: child.pid) == "T")
            #expect(write(here.number, "\(round)\n", 2) == 2)
            child.resume()
            // The answer comes only from a process that runs.
            #expect(read(here.number, &byte, 1) == 1)
            #expect(byte == UInt8(ascii: "0") + UInt8(round))
            #expect(read(here.number, &byte, 1) == 1)
        }
        #expect(child.stop())
        child.kill()
        #expect(await exits.next() == .killed(signal: SIGKILL))
        #expect(!child.stop())
        loop.stop()
    }

    @Test func endsTheWholeGroup() async throws {
        let here: FileDescriptorBox
        var there: FileDescriptorBox?
        (here, there) = try Socket.pair()
        // The grandchild holds the socket and never ends by itself: nothing comes in on it.
        let (result, exits) = await start(
            "sh -c 'echo $$ >&3; read forever <&3' & exec 3>&-; wait",
            descriptors: there.map { [(number: Int32(3), box: $0)] } ?? []
        )
        let child = try result.get()
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = read(here.number, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        let grandchild = try #require(Int32(text.dropLast()))
        #expect(getpgid(grandchild) == child.pid)
        there = nil
        child.kill()
        #expect(await exits.next() == .killed(signal: SIGKILL))
        // The stream ends only once the grandchild is gone too.
        #expect(read(here.number, &buffer, buffer.count) == 0)
        loop.stop()
    }

    @Test func endsAChildThatCannotBeWatched() async throws {
        let (here, there) = try Socket.pair()
        let marker = "unwatched-\(getpid())"
        let command = ChildCommand(
            path: "/bin/sh",
            arguments: ["-c", ": \(marker); read forever <&3"],
            descriptors: [(number: 3, box: there)]
        )
        let errors = Inbox<SystemError?>()
        // Let go when the loop has ended, but still on its thread: nothing can be watched any more.
        try hold(in: here) { [spawner] in
            do throws(SystemError) {
                _ = try spawner.start(command) { _ in }
                errors.put(nil)
            } catch {
                errors.put(error)
            }
        }
        loop.stop()
        #expect(await errors.next()?.code == ECANCELED)
        let living = Files.names(in: "/proc").filter { name in
            let words = (try? Files.read("/proc/\(name)/cmdline")) ?? []
            return String(decoding: words, as: UTF8.self).contains(marker)
        }
        #expect(living == [])
    }

    /// Runs a closure when the loop lets its handlers go.
    private func hold(
        in socket: FileDescriptorBox,
        _ body: @escaping @Sendable () -> Void
    ) throws {
        let last = LastAct(body)
        _ = try loop.watch(socket.number, for: []) { _ in _ = last }
    }

    private static func state(of pid: Int32) -> Character? {
        let bytes = (try? Files.read("/proc/\(pid)/stat")) ?? []
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: ")").last?.dropFirst().first
    }
}

/// Does something when its last owner lets go.
private final class LastAct: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    deinit { body() }
}

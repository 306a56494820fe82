import DeviceClient
import DeviceManager
import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// The manager with real processes: engines, channels, clients that come and go.
@Suite(.timeLimit(.minutes(1))) struct ManagerTests {
    @Test func runsWorkOnAModelThatItLoads() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let answer = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            try await $0.compute([1, 2, 255], on: "a")
        }
        #expect(answer == [2, 3, 0])
        let model = try await world.model("a")
        #expect(model["state"] == "ready")
        #expect(model["simulated"] == true)
        #expect((model["bytes"]?.integerValue ?? 0) > 0)
    }

    @Test func aGrantEndsWithItsTicket() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let stale = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            $0
        }
        // At the latest when the next one is let in.
        try await world.client.withTicket(models: ["a"], ticketClass: .interactive) { grant in
            _ = try await grant.compute([1], on: "a")
            let error = await #expect(throws: DeviceError.self) {
                try await stale.compute([1], on: "a")
            }
            #expect(error?.code == .revoked)
        }
    }

    @Test func aGrantEndsWithItsTicketWhenNoOtherFollows() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let stale = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            $0
        }
        // Soon: until then work is still accepted.
        let error = await #expect(throws: DeviceError.self) {
            while true { _ = try await stale.compute([1], on: "a") }
        }
        #expect(error?.code == .revoked)
    }

    @Test func stopsTheHolderWhileAHigherClassHasTheBaton() async throws {
        let world = try await ManagerWorld([
            "slow": ["calls": ["milliseconds": [60_000]]], "fast": [:],
        ]) {
            // Else it has slices of the time while the higher class is being looked at.
            $0.devices[0].lowerShare = 0
        }
        // Awaited below; it must run beside the test.
        let slow = Task {
            try await world.client.withTicket(models: ["slow"], ticketClass: .background) {
                try await $0.compute([1], on: "slow")
            }
        }
        try await world.until { Self.state(of: "slow", in: $0) == "ready" }
        try await world.until { $0["tickets"]?.arrayValue?.count == 1 }
        let answer = try await world.client.withTicket(models: ["fast"], ticketClass: .realtime) {
            let pid = try await world.model("slow")["pid"]?.integerValue ?? 0
            #expect(try await world.model("slow")["stopped"] == true)
            #expect(Self.isStopped(pid))
            return try await $0.compute([7], on: "fast")
        }
        #expect(answer == [8])
        try await world.until { report in
            report["models"]?.arrayValue?.allSatisfy { $0["stopped"] == false } == true
        }
        #expect(!Self.isStopped(try await world.model("slow")["pid"]?.integerValue ?? 0))
        slow.cancel()
        await #expect(throws: (any Error).self) { try await slow.value }
        try await world.until { $0["tickets"]?.arrayValue?.isEmpty == true }
    }

    @Test func repeatsWorkOnceWhenItsEngineIsKilled() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let runs = Guarded(0)
        let answer = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            if runs.withLock({
                $0 += 1; return $0
            }) == 1 {
                let pid = try await world.model("a")["pid"]?.integerValue ?? 0
                kill(pid_t(pid), SIGKILL)
            }
            return try await $0.compute([4], on: "a")
        }
        #expect(answer == [5])
        #expect(runs.withLock { $0 } == 2)
        #expect(try await world.model("a")["loads"] == 2)
    }

    @Test func givesUpOnAnEngineThatKeepsCrashing() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["crash_at": 1]]])
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
                try await $0.compute([4], on: "a")
            }
        }
        #expect(error?.retryAfter != nil)
        // Refusing further tickets ends with the pause, which is the scheduler's tests' business.
        try await world.until { report in
            report["models"]?.arrayValue?.first?["failures"] == 2
        }
        #expect(try await world.model("a")["last_failure"]?.stringValue?.isEmpty == false)
    }

    @Test func tellsWhyAModelCannotBeLoaded() async throws {
        let world = try await ManagerWorld([
            "a": ["load": ["refuse": "the file is torn"]], "b": [:],
        ])
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.load("a", ticketClass: .interactive)
        }
        #expect(error?.code == .loadFailed)
        #expect(error?.message.contains("the file is torn") == true)
        try await world.client.load("b", ticketClass: .interactive)
        #expect(try await world.model("b")["state"] == "ready")
    }

    @Test func unloadAnswersWhenTheProcessIsGone() async throws {
        let world = try await ManagerWorld(["a": [:]])
        try await world.client.load("a", ticketClass: .interactive)
        let pid = try await world.model("a")["pid"]?.integerValue ?? 0
        #expect(kill(pid_t(pid), 0) == 0)
        try await world.client.unload("a")
        #expect(kill(pid_t(pid), 0) == -1)
        #expect(try await world.model("a")["state"] == "absent")
        try await world.client.unload("a")
    }

    @Test func makesRoomByEvictingWhatIsIdle() async throws {
        let heavy: JSONObject = ["load": ["bytes": 67_108_864]]
        let world = try await ManagerWorld(
            ["a": heavy, "b": heavy],
            budget: 128 << 20,
            footprint: 80 << 20
        )
        try await world.client.load("a", ticketClass: .interactive)
        try await world.client.load("b", ticketClass: .interactive)
        #expect(try await world.model("a")["state"] == "absent")
        #expect(try await world.model("b")["state"] == "ready")
    }

    @Test func aClientThatLeavesTakesItsTicketsAlong() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["milliseconds": [60_000, 0]]]])
        let other = world.anotherClient()
        // Awaited below; it must run beside the test.
        let work = Task {
            try await other.withTicket(models: ["a"], ticketClass: .interactive) {
                try await $0.compute([1], on: "a")
            }
        }
        try await world.until { report in
            report["tickets"]?.arrayValue?.first?["state"] == "busy"
        }
        other.close()
        await #expect(throws: DeviceError.self) { try await work.value }
        try await world.until { $0["tickets"]?.arrayValue?.isEmpty == true }
    }

    @Test func drainingRefusesNewWorkAndEndsTheEngines() async throws {
        let world = try await ManagerWorld(["a": [:]])
        try await world.client.load("a", ticketClass: .interactive)
        let pid = try await world.model("a")["pid"]?.integerValue ?? 0
        await world.manager.drain(patience: .seconds(30))
        #expect(kill(pid_t(pid), 0) == -1)
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.load("a", ticketClass: .interactive)
        }
        #expect(error?.code == .draining)
    }

    @Test(
        arguments: [
            (["action": "nonsense"], "bad_request"), (["no": "action"], "bad_request"),
            (["action": "acquire", "models": "a"], "bad_request"),
            (["action": "acquire", "models": ["a"], "class": "urgent"], "bad_request"),
            (["action": "acquire", "models": ["x"]], "unknown_model"),
            (["action": "release", "ticket": 99], "unknown_ticket"),
            (["action": "unload", "model": "x"], "unknown_model"),
            (["action": "pin", "model": "a"], "bad_request"),
        ] as [(JSONObject, String)]
    )
    func refusesWhatItDoesNotUnderstand(request: JSONObject, code: String) async throws {
        let world = try await ManagerWorld(["a": [:]])
        let loop = try EventLoop(name: "test-raw")
        defer { loop.stop() }
        let (ours, theirs) = try Socket.pair()
        try await world.manager.serve(theirs)
        let connection = try RequestConnection(socket: ours, loop: loop)
        let error = await #expect(throws: DeviceError.self) {
            _ = try await connection.call(request)
        }
        #expect(error?.code.rawValue == code)
        _ = try await connection.call(["action": "ping"])
    }

    // MARK: Looking

    private static func state(of name: String, in report: JSONValue) -> String? {
        let model = report["models"]?.arrayValue?.first { $0["name"]?.stringValue == name }
        return model?["state"]?.stringValue
    }

    /// Whether the kernel has stopped every thread of a process.
    private static func isStopped(_ pid: Int) -> Bool {
        let threads = Files.names(in: "/proc/\(pid)/task")
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let status = try? Files.read("/proc/\(pid)/task/\(thread)/stat")
                let text = String(decoding: status ?? [], as: UTF8.self)
                return text.split(separator: ")").last?.hasPrefix(" T") == true
            }
    }
}

import DeviceClient
import DeviceManager
import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// Engines that hang while somebody waits for them who never gives up.
@Suite(.timeLimit(.minutes(1))) struct HangTests {
    @Test func aCallThatNeverEndsCostsItsEngineAndIsTriedOnceMore() async throws {
        // The second call of each process hangs: the first request works twice.
        let world = try await ManagerWorld(["a": ["calls": ["hang_at": 2]]]) {
            $0.models[0].description.callTimeout = .milliseconds(300)
        }
        func compute() async throws -> [UInt8] {
            try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
                try await $0.compute([1], on: "a")
            }
        }
        #expect(try await compute() == [2])
        let pid = try await world.model("a")["pid"]
        #expect(try await compute() == [2], "another engine's first call")
        #expect(try await world.model("a")["pid"] != pid)
    }

    @Test func aProcessThatSaysNothingIsReplaced() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["milliseconds": [3_600_000, 0]]]]) {
            $0.limits.unanswered = 1
            $0.models[0].description.callTimeout = .seconds(3600)
        }
        // Awaited at the end.
        let answer = Task {
            try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
                try await $0.compute([1], on: "a")
            }
        }
        try await world.until { report in
            report["tickets"]?.arrayValue?.contains { $0["held_ms"]?.integerValue ?? 0 > 50 }
                == true
        }
        let first = try #require(try await world.model("a")["pid"]?.integerValue)
        // Nobody of ours stopped it, so it counts as running and silent.
        kill(Int32(first), SIGSTOP)
        try await world.until { report in
            let pid = report["models"]?.arrayValue?.first?["pid"]?.integerValue
            return pid != nil && pid != first
        }
        #expect(
            try await world.model("a")["last_failure"]?.stringValue?.contains("unanswered") == true
        )
        let second = try #require(try await world.model("a")["pid"]?.integerValue)
        kill(Int32(second), SIGKILL)
        await #expect(throws: DeviceError.self) { try await answer.value }
    }
}

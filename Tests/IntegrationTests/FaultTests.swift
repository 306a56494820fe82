import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// What clients see when processes die; every test has programs of its own to kill.
///
/// A process that shall die in the middle of a request is stopped first: the request then cannot end
/// before.
@Suite(.serialized, .timeLimit(.minutes(1))) struct FaultTests {
    /// Posts the page.
    private func read(_ baton: Installation) async throws -> RawClient.Response {
        try await baton.post("/v1/ocr/extract", ["image": .string(try Page().uri)])
    }

    private func expectPage(_ response: RawClient.Response) {
        #expect(response.status == 200, "\(response.text)")
        #expect(response.json["text"] == .string(Page.text))
    }

    private func expectLater(_ response: RawClient.Response) throws {
        #expect(response.status == 503, "\(response.text)")
        #expect(response.json["success"] == false)
        let seconds = try #require(response["Retry-After"].flatMap { Int($0) })
        #expect(seconds >= 1)
    }

    @Test func readsThePageAgainWhenTheEngineDies() async throws {
        try await Installation.with { baton in
            let manager = try await baton.start("device")
            _ = try await baton.startService()
            expectPage(try await read(baton))
            let engine = try await baton.engine()
            kill(engine, SIGSTOP)
            async let response = read(baton)
            try await baton.untilBusy()
            kill(engine, SIGKILL)
            expectPage(try await response)
            #expect(try await baton.engine() != engine)
            #expect(manager.log.text.contains("an engine ended"))
            expectPage(try await read(baton))
        }
    }

    @Test func saysWhenToComeBackAfterAnEngineHasDiedTwice() async throws {
        try await Installation.with { baton in
            _ = try await baton.start("device")
            _ = try await baton.startService()
            expectPage(try await read(baton))
            let first = try await baton.engine()
            kill(first, SIGSTOP)
            async let response = read(baton)
            try await baton.untilBusy()
            kill(first, SIGKILL)
            // The next engine dies too, before it can have read the page.
            try await eventually("another engine") {
                let models = try await baton.report()["models"]?.arrayValue ?? []
                let pid = models.compactMap { $0["pid"]?.integerValue }.first
                guard let pid, pid != Int(first) else { return false }
                kill(Int32(pid), SIGKILL)
                return true
            }
            try expectLater(try await response)
            #expect(try await baton.request("GET", "/health").status == 200)
        }
    }

    @Test func readsThePageAgainWhenAMediaHelperDies() async throws {
        try await Installation.with { baton in
            _ = try await baton.start("device")
            let service = try await baton.startService()
            expectPage(try await read(baton))
            let helpers = Processes.children(of: service.process.pid, named: "baton-media")
            #expect(!helpers.isEmpty)
            for helper in helpers { kill(helper, SIGSTOP) }
            async let response = read(baton)
            try await eventually("a request is on its way") {
                let text = try await baton.request("GET", "/metrics").text
                return text.contains("baton_http_requests_in_flight 1")
            }
            for helper in helpers { kill(helper, SIGKILL) }
            expectPage(try await response)
            expectPage(try await read(baton))
        }
    }

    @Test func servesAgainWhenTheManagerIsBack() async throws {
        try await Installation.with { baton in
            let manager = try await baton.start("device")
            let service = try await baton.startService()
            expectPage(try await read(baton))
            // A request in the middle of its work, which loses engine and manager together.
            kill(try await baton.engine(), SIGSTOP)
            async let response = read(baton)
            try await baton.untilBusy()
            #expect(await manager.end(by: SIGKILL) == .killed(signal: SIGKILL))
            try expectLater(try await response)
            try expectLater(try await read(baton))
            let lost = await service.log.next("readiness", "device_manager_unavailable")
            #expect(lost != nil)
            let readiness = try await baton.request("GET", "/health/ready")
            #expect(readiness.status == 503)
            #expect(
                readiness.json == ["ready": false, "reason": "device_manager_unavailable"]
            )

            // The socket of the dead manager is still there.
            #expect(Files.size(baton.socket) != nil)
            let second = try await baton.start("device")
            #expect(await service.log.next("readiness", "state=ready") != nil)
            #expect(try await baton.request("GET", "/health/ready").status == 200)
            expectPage(try await read(baton))
            #expect(await service.end(by: SIGTERM) == .exited(0))
            #expect(await second.end(by: SIGTERM) == .exited(0))
        }
    }
}

import HTTPService
import JSON
import Logging
import Metrics
import POSIX
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct LifecycleTests {
    @Test func saysThatThePortIsTaken() async throws {
        try await TestService.with { service in
            var text = ""
            do {
                try await TestService.with(configure: {
                    $0.listeners = [.tcp("127.0.0.1", port: service.port)]
                }) { _ in }
            } catch let error as SystemError {
                text = "\(error)"
            }
            #expect(text == "listen on 127.0.0.1:\(service.port): Address already in use")
        }
    }

    @Test(arguments: ["example.org", "", "300.0.0.1"])
    func refusesAddressesThatAreNone(_ address: String) async throws {
        await #expect(throws: SystemError.self) {
            try await TestService.with(configure: { $0.listeners = [.tcp(address, port: 0)] }) {
                _ in
            }
        }
    }

    @Test func listensOnIPv6() async throws {
        // Dual stack: an IPv4 client reaches it too.
        try await TestService.with(configure: { $0.listeners = [.tcp("::", port: 0)] }) { service in
            let response = try await service.client().request("GET", "/health")
            #expect(response.status == 200)
        }
    }

    @Test func servesFromSeveralThreads() async throws {
        try await TestService.with([.echo("/echo")], configure: { $0.threads = .own(3) }) {
            service in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        let client = try service.client()
                        for round in 0..<20 {
                            let text = "\(index) \(round)"
                            let body = Array(text.utf8)
                            let response = try await client.request("POST", "/echo", body: body)
                            #expect(response.text == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func letsRunningRequestsFinish() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return .text("finished")
        }
        try await TestService.with([route, .echo("/echo")]) { service in
            let waiting = try service.client()
            let idle = try service.client()
            #expect(try await idle.request("GET", "/health/ready").status == 200)
            try await waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.arrived(1)
            async let drained: Void = service.server.drain(deadline: .seconds(3600))
            // The drain begins in a task of its own: ask until it has.
            var ready = try await idle.request("GET", "/health/ready")
            while ready.status == 200, ready["Connection"] != "close" {
                ready = try await idle.request("GET", "/health/ready")
            }
            // An answer that the drain overtakes still says what was true when it was asked for.
            if ready.status != 200 {
                #expect(ready.text == #"{"ready":false,"reason":"draining"}"#)
            }
            // A kept connection would only be cut later.
            #expect(ready["Connection"] == "close")
            await gate.open()
            #expect(try await waiting.response().text == "finished")
            await drained
            #expect(throws: SystemError.self) { _ = try service.client() }
        }
    }

    @Test func refusesNewWorkWhileDraining() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return .text("finished")
        }
        try await TestService.with([route]) { service in
            let waiting = try service.client()
            let late = try service.client()
            let asking = try service.client()
            #expect(try await late.request("GET", "/health").status == 200)
            try await waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.arrived(1)
            async let drained: Void = service.server.drain(deadline: .seconds(3600))
            while try await asking.request("GET", "/health")["Connection"] == nil {}
            let refused = try await late.request("GET", "/wait")
            #expect(refused.status == 503)
            #expect(refused.json?["error"]?["code"] == "shutting_down")
            #expect(refused["Retry-After"] == "1")
            await gate.open()
            #expect(try await waiting.response().status == 200)
            await drained
        }
    }

    @Test func cancelsRequestsAtTheDeadline() async throws {
        let gate = Gate()
        let cancelled = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.arrive()
            try await untilCancelled(noting: cancelled)
            return .text("never")
        }
        try await TestService.with([route]) { service in
            let clients = try (0..<3).map { _ in try service.client() }
            for client in clients { try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") }
            await gate.arrived(3)
            await service.server.drain(deadline: .zero)
            await cancelled.arrived(3)
            for client in clients {
                let response = try await client.response()
                #expect(response.status == 503)
                #expect(response.json?["error"]?["code"] == "shutting_down")
            }
        }
    }

    @Test func doesNotWaitForHandlersThatIgnoreCancellation() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return .text("late")
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.arrived(1)
            await service.server.drain(deadline: .zero)
            #expect(try await client.response().status == 503)
            await gate.open()
        }
    }

    @Test func shortensADrain() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.arrive()
            try await untilCancelled()
            return .text("never")
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.arrived(1)
            async let first: Void = service.server.drain(deadline: .seconds(3600))
            await service.server.drain(deadline: .zero)
            await first
            #expect(try await client.response().status == 503)
        }
    }

    @Test func drainsWhatNeverStarted() async throws {
        let loop = try EventLoop(name: "http")
        defer { loop.stop() }
        let server = HTTPServer(
            .init(),
            router: Router(),
            about: .init(name: "x", version: "1", health: { $0.value([:]) }, notReady: { nil }),
            loop: loop,
            metrics: .init(),
            logger: .init(label: "x") { _ in }
        )
        await server.drain(deadline: .seconds(3600))
    }

    @Test func cutsUploadsAtTheDeadline() async throws {
        try await TestService.with([.echo("/echo")]) { service in
            let client = try service.client()
            try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            // Answered, so the other connection's bytes have been seen by the same thread.
            #expect(try await service.client().request("GET", "/health").status == 200)
            await service.server.drain(deadline: .zero)
            let rest = await client.untilClosed()
            #expect(String(decoding: rest, as: UTF8.self) == "")
        }
    }
}

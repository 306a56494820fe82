import HTTPService
import JSON
import POSIX
import TestKit
import Testing

/// A client that leaves ends its handler's task, in every state of a request.
@Suite(.everyKindOfThreads) struct DepartureTests {
    private static func leave(_ client: RawClient, _ byReset: Bool) {
        if byReset { client.reset() } else { client.finishSending() }
    }

    @Test(arguments: [false, true])
    func cancelsHandlersThatWait(_ byReset: Bool) async throws {
        let started = Gate()
        let cancelled = Gate()
        let route = Route.task(.post, "/wait") { _ in
            await started.arrive()
            try await untilCancelled(noting: cancelled)
            return .text("never")
        }
        try await TestService.with([route]) { service in
            for round in 1...10 {
                let client = try service.client()
                try await client.send(
                    "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
                )
                await started.arrived(round)
                Self.leave(client, byReset)
                await cancelled.arrived(round)
            }
            // Its log line says why.
            while service.log.filter({ $0["status"] == "499" }).count < 10 {
                _ = try await service.client().request("GET", "/health")
            }
        }
    }

    @Test(arguments: [false, true])
    func cancelsHandlersThatStream(_ byReset: Bool) async throws {
        let started = Gate()
        let cancelled = Gate()
        let route = Route.task(.get, "/stream") { _ in
            .events { stream in
                try await stream.event("first")
                await started.arrive()
                try await untilCancelled(noting: cancelled)
            }
        }
        try await TestService.with([route]) { service in
            for round in 1...10 {
                let client = try service.client()
                try await client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
                await started.arrived(round)
                Self.leave(client, byReset)
                await cancelled.arrived(round)
            }
        }
    }

    @Test func freesTheConnectionOfHandlersThatIgnoreCancellation() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return .text("late")
        }
        try await TestService.with([route], configure: { $0.connectionLimit = 4 }) { service in
            for round in 1...20 {
                let client = try service.client()
                try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
                await gate.arrived(round)
                client.reset()
                while try await service.client().request("GET", "/health").status == 503 {}
            }
            await gate.open()
        }
    }

    @Test func doesNotCancelTheNextRequest() async throws {
        let route = Route.task(.get, "/yield") { _ in
            for _ in 0..<10 { await Task.yield() }
            return .text(Task.isCancelled ? "cancelled" : "whole")
        }
        try await TestService.with([route]) { service in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 {
                            let client = try service.client()
                            if index % 2 == 0 {
                                try await client.send("GET /yield HTTP/1.1\r\nHost: x\r\n\r\n")
                                client.reset()
                            } else {
                                #expect(try await client.request("GET", "/yield").text == "whole")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func answersLateAsTimedOut() async throws {
        let cancelled = Gate()
        let route = Route(
            .get,
            "/slow",
            .init("Test."),
            timeLimit: .milliseconds(50),
            handler: .task { _ in
                try await untilCancelled(noting: cancelled)
                return .text("never")
            }
        )
        try await TestService.with([route]) { service in
            let response = try await service.client().request("GET", "/slow")
            #expect(response.status == 503)
            #expect(response.json?["error"]?["code"] == "timed_out")
            await cancelled.arrived(1)
        }
    }
}

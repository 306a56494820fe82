import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// `baton up` as people use it: the foreground of a terminal.
@Suite(.serialized, .timeLimit(.minutes(1))) struct UpTests {
    @Test func endsTheServicesBeforeTheManager() async throws {
        try await Installation.with { baton in
            let up = try await baton.up()
            let page = JSONValue.string(try Page().uri)
            let first = try await baton.post("/v1/ocr/extract", ["image": page])
            #expect(first.status == 200, "\(first.text)")
            // While the engine is stopped the request cannot end, nor can the service.
            let engine = try await baton.engine()
            kill(engine, SIGSTOP)
            async let response = baton.post("/v1/ocr/extract", ["image": page])
            try await baton.untilBusy()
            up.process.signal(SIGINT)
            try await eventually("the service takes no more connections") {
                (try? RawClient(port: baton.port)) == nil
            }
            #expect(try await baton.report()["draining"] == false)
            kill(engine, SIGCONT)
            let last = try await response
            #expect(last.status == 200, "\(last.text)")
            #expect(last.json["text"] == .string(Page.text))
            // The end of the log is the end of every child.
            #expect(await up.end() == .exited(0), "\(up.log.text)")
            #expect(up.log.lines.last?.contains("everything has ended") == true)
            #expect(up.log.text.contains("device: draining"))
            #expect(Files.size(baton.socket) == nil)
        }
    }

    @Test func isNotStoppedByTheTerminal() async throws {
        try await Installation.with { baton in
            let up = try await baton.up()
            for stop in [SIGTSTP, SIGTTIN, SIGTTOU] {
                #expect(try Processes.isIgnored(stop, by: up.process.pid))
                up.process.signal(stop)
            }
            #expect(try await baton.request("GET", "/health/ready").status == 200)
            #expect(await up.end(by: SIGINT) == .exited(0), "\(up.log.text)")
        }
    }

    @Test func leavesNothingBehindWhenKilledAndStartsAgain() async throws {
        try await Installation.with { baton in
            let up = try await baton.up()
            let page = JSONValue.string(try Page().uri)
            let first = try await baton.post("/v1/ocr/extract", ["image": page])
            #expect(first.status == 200, "\(first.text)")
            // Manager, service, engine and helpers hold the log open as long as they live.
            #expect(await up.end(by: SIGKILL) == .killed(signal: SIGKILL))
            #expect(Files.size(baton.socket) != nil)

            let again = try await baton.up()
            let second = try await baton.post("/v1/ocr/extract", ["image": page])
            #expect(second.status == 200, "\(second.text)")
            #expect(await again.end(by: SIGTERM) == .exited(0), "\(again.log.text)")
            #expect(Files.size(baton.socket) == nil)
        }
    }

    @Test func endsWhenAServiceCannotStart() async throws {
        try await Installation.with { baton in
            try baton.write("ocr.yaml", "server: {port: 65536}\n")
            let up = try await baton.start("up")
            #expect(await up.end() == .exited(1))
            #expect(up.log.text.contains("ocr.yaml:1: server.port"))
            #expect(Files.size(baton.socket) == nil)
        }
    }
}

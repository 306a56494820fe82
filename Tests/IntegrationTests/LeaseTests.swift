import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// `baton lease` as people type it.
@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    /// Runs a body beside a device manager that listens.
    private func withManager(
        settings: String? = nil,
        _ body: (Installation, Program) async throws -> Void
    ) async throws {
        try await Installation.with { baton in
            if let settings { try baton.write("device.yaml", settings) }
            let manager = try await baton.start("device")
            try #require(await manager.log.next("listening") != nil, "\(manager.log.text)")
            try await body(baton, manager)
        }
    }

    /// The letter by which the kernel tells what a process does: `T` while it is stopped.
    private func state(of pid: Int32) -> String? {
        guard let bytes = try? Files.read("/proc/\(pid)/stat") else { return nil }
        let rest = String(decoding: bytes, as: UTF8.self).split(separator: ")").last
        return rest?.split(separator: " ").first.map { String($0) }
    }

    @Test func theProgramsOutputAndCodeAreItsOwn() async throws {
        try await withManager { baton, _ in
            let lease = try await baton.start("lease", "cpu", "--", "sh", "-c", "echo here; exit 3")
            #expect(await lease.end() == .exited(3), "\(lease.log.text)")
            #expect(lease.output.text == "here\n")
            let killed = try await baton.start("lease", "cpu", "--", "sh", "-c", "kill -9 $$")
            #expect(await killed.end() == .exited(128 + SIGKILL))
            #expect(try await baton.report()["tickets"]?.arrayValue?.isEmpty == true)
        }
    }

    /// Leases the device to a shell in the background class.
    private func background(
        _ script: String,
        _ options: String...,
        in baton: Installation
    ) async throws -> (lease: Program, pid: Int32) {
        let words = ["lease", "--class", "background"] + options
        let lease = try await baton.start(words + ["cpu", "--", "sh", "-c", "echo $$; \(script)"])
        return (lease, try #require(await lease.output.next("").flatMap { Int32($0) }))
    }

    /// A process's state as a program of the highest class sees it that has the device.
    private func stateDuringRealtime(of pid: Int32, in baton: Installation) async throws -> String {
        let script = "cut -d ' ' -f 3 /proc/\(pid)/stat"
        let camera = try await baton.start(
            "lease",
            "--class",
            "realtime",
            "cpu",
            "--",
            "sh",
            "-c",
            script
        )
        #expect(await camera.end() == .exited(0), "\(camera.log.text)")
        return camera.output.text
    }

    @Test func oneIsStoppedWhileAHigherClassHasTheDevice() async throws {
        try await withManager { baton, _ in
            let (long, pid) = try await background("exec sleep 60", in: baton)
            #expect(try await stateDuringRealtime(of: pid, in: baton) == "T\n")
            try await eventually("it goes on") { state(of: pid) == "S" }
            #expect(await long.end(by: SIGTERM) == .exited(128 + SIGTERM))
        }
    }

    @Test func oneThatIsAskedStopsItself() async throws {
        try await withManager { baton, _ in
            let script =
                "trap 'echo asked; kill -STOP $$; echo back' USR1; while :; do sleep 0.01; done"
            let (polite, pid) = try await background(script, "--ask", in: baton)
            #expect(try await stateDuringRealtime(of: pid, in: baton) == "T\n")
            #expect(await polite.output.next("asked") != nil)
            #expect(await polite.output.next("back") != nil)
            _ = await polite.end(by: SIGTERM)
        }
    }

    @Test func theProgramEndsWithWhoeverWatchesIt() async throws {
        try await withManager { baton, _ in
            let (lease, pid) = try await background("exec sleep 60", in: baton)
            #expect(await lease.end(by: SIGKILL) == .killed(signal: SIGKILL))
            try await eventually("the program is gone") { state(of: pid) ?? "Z" == "Z" }
            // And the device is free.
            let next = try await baton.start("lease", "cpu", "--", "true")
            #expect(await next.end() == .exited(0), "\(next.log.text)")
        }
    }

    @Test func aManagerThatComesBackLetsItGoOn() async throws {
        try await withManager { baton, manager in
            let (lease, pid) = try await background("exec sleep 60", in: baton)
            #expect(await manager.end(by: SIGKILL) == .killed(signal: SIGKILL))
            try await eventually("it is stopped") { state(of: pid) == "T" }
            _ = try await baton.start("device")
            try await eventually("it goes on") { state(of: pid) == "S" }
            #expect(await lease.end(by: SIGINT) == .exited(128 + SIGINT), "\(lease.log.text)")
        }
    }

    @Test func oneThatWaitsCanBeInterrupted() async throws {
        let settings = "server: {status_port: 0}\ncpu: {lower_share: 0}\n"
        try await withManager(settings: settings) { baton, _ in
            let first = try await baton.start(
                "lease",
                "--class",
                "realtime",
                "cpu",
                "--",
                "sh",
                "-c",
                "echo here; exec sleep 60"
            )
            try #require(await first.output.next("here") != nil)
            let second = try await baton.start(
                "lease",
                "--class",
                "background",
                "cpu",
                "--",
                "true"
            )
            try await eventually("it waits") {
                let tickets = try await baton.report()["tickets"]?.arrayValue ?? []
                return tickets.contains { $0["state"] == "waiting" }
            }
            #expect(await second.end(by: SIGINT) == .exited(128 + SIGINT), "\(second.log.text)")
            #expect(await first.end(by: SIGTERM) == .exited(128 + SIGTERM))
        }
    }

    @Test func whatCannotBeIsSaid() async throws {
        try await withManager { baton, _ in
            let cases: [([String], Int32, String)] = [
                (["lease", "tpu", "--", "true"], 69, "'tpu'"),
                (["lease", "cpu", "--", "no-such-program"], 127, "no program 'no-such-program'"),
                (["lease", "cpu"], 64, "name a program"),
                (["lease", "--class", "urgent", "cpu", "--", "true"], 64, "urgent"),
                (["lease", "--memory", "900TiB", "cpu", "--", "true"], 69, "do not fit"),
                (["lease", "--grace", "1h", "cpu", "--", "true"], 69, "grace_ms"),
            ]
            for (words, code, text) in cases {
                let program = try await baton.start(words)
                #expect(await program.end() == .exited(code), "\(words): \(program.log.text)")
                #expect(program.log.text.contains(text), "\(words): \(program.log.text)")
            }
        }
    }
}

import DeviceClient
import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// The command line as people type it.
@Suite(.timeLimit(.minutes(1))) struct CommandTests {
    /// What a command line did.
    private struct Outcome {
        let status: POSIX.ExitStatus
        let output: String
        let errors: String
    }

    private func run(
        _ arguments: String...,
        file: (name: String, text: String)? = nil
    ) async throws -> Outcome {
        try await Installation.with { baton in
            if let file { try baton.write(file.name, file.text) }
            let program = try await baton.start(arguments)
            let status = await program.end()
            return Outcome(
                status: status,
                output: program.output.text,
                errors: program.log.text
            )
        }
    }

    @Test func namesTheLineOfAnUnknownKey() async throws {
        let text = "ocr:\n  det_treshold: 0.4\n"
        let outcome = try await run("config", "check", file: ("ocr.yaml", text))
        #expect(outcome.status == .exited(1))
        #expect(outcome.errors.contains("ocr.yaml:2: ocr.det_treshold"), "\(outcome.errors)")
        #expect(outcome.errors.contains("det_threshold"), "\(outcome.errors)")
        #expect(outcome.output.contains("device: ok"))
    }

    @Test func acceptsWhatItRenders() async throws {
        for name in ["device", "ocr"] {
            let rendered = try await run("config", "render", name)
            #expect(rendered.status == .exited(0), "\(rendered.errors)")
            let outcome = try await run(
                "config",
                "check",
                name,
                file: ("\(name).yaml", rendered.output)
            )
            #expect(outcome.status == .exited(0), "\(outcome.errors)")
        }
    }

    @Test func saysThatNoManagerIsThere() async throws {
        let outcome = try await run("status")
        #expect(outcome.status == .exited(1))
        #expect(outcome.errors.contains("the device manager does not answer"))
    }

    @Test func printsItsVersion() async throws {
        let outcome = try await run("version")
        #expect(outcome.status == .exited(0))
        #expect(outcome.output == "baton \(Version.text)\n")
    }

    @Test func helpsWithEveryVerb() async throws {
        let outcome = try await run("help")
        #expect(outcome.status == .exited(0))
        for verb in ["up", "serve", "device", "status", "top", "doctor", "config", "version"] {
            #expect(outcome.output.contains("\n  \(verb) "), "\(verb)")
            let help = try await run("help", verb)
            #expect(help.status == .exited(0))
            #expect(help.output.contains("baton \(verb)"))
        }
    }

    @Test func suggestsWhatWasMeant() async throws {
        let outcome = try await run("stauts")
        #expect(outcome.status == .exited(64))
        #expect(outcome.errors.contains("did you mean 'status'?"), "\(outcome.errors)")
    }

    @Test func needsATerminalForAScreen() async throws {
        let outcome = try await run("top")
        #expect(outcome.status == .exited(1))
        #expect(outcome.errors.contains("no terminal; try 'baton status'"), "\(outcome.errors)")
        let wrong = try await run("top", "--interval", "5")
        #expect(wrong.status == .exited(64))
    }

    @Test func servesNothingUnknown() async throws {
        let outcome = try await run("serve", "orc")
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errors.contains("there is no such service; these are: language, vision, ocr")
        )
    }
}

extension LiveTests {
    /// What the command line tells of a running system.
    @Suite struct StatusTests {
        @Test func printsTheReportAsJSON() async throws {
            let program = try await LiveTests.baton.start("status", "--json")
            #expect(await program.end() == .exited(0), "\(program.log.text)")
            let report = try JSONValue(parsing: Array(program.output.text.utf8))
            let models = try #require(report["models"]?.arrayValue)
            #expect(models.map { $0["name"] } == ["ppocr-v4"])
            #expect(report["devices"]?.arrayValue?.map { $0["name"] } == ["cpu"])
        }

        @Test func showsHowARealEngineIsProtected() async throws {
            let baton = try LiveTests.baton
            let page: JSONValue = ["image": .string(try Page().uri)]
            #expect(try await baton.post("/v1/ocr/extract", page).status == 200)
            let model = try #require(await baton.report()["models"]?.arrayValue?.first)
            let active = model["sandbox"]?["active"]?.arrayValue?.compactMap(\.stringValue) ?? []
            let all = ["memory", "files", "no-sockets", "no-processes", "system-calls"]
            #expect(Set(active).isSuperset(of: all), "\(model)")
            // It could write where it may, and nowhere else is anything compiled.
            let cache = baton.folder.file("cache/openvino")
            #expect(Files.names(in: cache) == ["ppocr-v4"])
            #expect(!Files.names(in: "\(cache)/ppocr-v4").isEmpty)
        }

        @Test func printsATable() async throws {
            let program = try await LiveTests.baton.start("status")
            #expect(await program.end() == .exited(0), "\(program.log.text)")
            #expect(program.output.lines.first?.hasPrefix("DEVICE") == true)
            #expect(program.output.text.contains("ppocr-v4"))
        }

        @Test func followsWhatHappens() async throws {
            let baton = try LiveTests.baton
            let program = try await baton.start("status", "--follow")
            #expect(await program.output.next("DEVICE", "BATON") != nil)
            // Refused at once, so that nobody else is disturbed.
            let client = baton.client()
            defer { client.close() }
            _ = try? await client.load("no such model", ticketClass: .background)
            let line = await program.output.next("ended (rejected): no such model, background")
            #expect(line?.hasPrefix("ticket ") == true)
            #expect(await program.end(by: SIGTERM) == .killed(signal: SIGTERM))
        }

        @Test func findsNothingMissing() async throws {
            let program = try await LiveTests.baton.start("doctor")
            #expect(await program.end() == .exited(0), "\(program.output.text)")
            #expect(program.output.text.contains("device manager"))
            #expect(program.output.text.contains("no-sockets"))
        }
    }
}

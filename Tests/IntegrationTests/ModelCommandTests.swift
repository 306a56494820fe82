import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// The verbs of models against a server that says what a script says.
@Suite(.timeLimit(.minutes(1))) struct ModelCommandTests {
    /// What a command did, and what the server was asked.
    private struct Outcome {
        let status: POSIX.ExitStatus
        let output: String
        let errors: String
        let requests: [Request]
    }

    private struct Request: Sendable {
        let line: String
        let body: [UInt8]

        var json: JSONValue? { try? JSONValue(parsing: body) }
    }

    private struct Reply: Sendable {
        var status = 200
        var lines: [String] = []
    }

    /// Runs a command against a server.
    ///
    /// - Parameters:
    ///   - arguments: The words after the program's name.
    ///   - input: What comes through standard input.
    ///   - name: The name under which the program is started.
    ///   - folder: Where the program's own files are.
    ///   - replies: What the server answers by the start of a request, such as "GET /api/tags".
    private func run(
        _ arguments: [String],
        input: String = "",
        name: String? = nil,
        folder: TemporaryFolder = TemporaryFolder(),
        _ replies: [String: Reply]
    ) async throws -> Outcome {
        let requests = Guarded<[Request]>([])
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                let lines = head.split(whereSeparator: \.isNewline).map(String.init)
                let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
                let count = length.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
                if head.lowercased().contains("expect: 100-continue") {
                    connection.send("HTTP/1.1 100 Continue\r\n\r\n")
                }
                let body = connection.read(count)
                requests.withLock { $0.append(Request(line: lines[0], body: body)) }
                let reply = replies.first { lines[0].hasPrefix($0.key) }?.value
                let text = (reply?.lines ?? ["{\"error\":\"not scripted\"}"]).map { $0 + "\n" }
                let isHead = lines[0].hasPrefix("HEAD ")
                let bytes = isHead ? [] : Array(text.joined().utf8)
                connection.answer(reply?.status ?? 404, [], bytes)
            }
        }
        let (ours, theirs) = try Socket.pair()
        try Socket.sendAll(Array(input.utf8), on: ours.number)
        shutdown(ours.number, CInt(SHUT_WR))
        var path: String?
        if let name {
            path = folder.file(name)
            #expect(symlink("\(Program.folder)/baton", folder.file(name)) == 0)
        }
        let environment =
            Environment.all.filter { !$0.hasPrefix("OLLAMA_") } + [
                "OLLAMA_HOST=127.0.0.1:\(server.port)", "BATON_STATE_DIR=\(folder.file("state"))",
                "BATON_API_KEY=secret", "OLLAMA_MODELS=\(folder.file("models"))",
            ]
        let program = try await Program.start(
            arguments,
            environment: environment,
            path: path,
            input: theirs
        )
        let status = await program.end()
        return Outcome(
            status: status,
            output: program.output.text,
            errors: program.log.text,
            requests: requests.withLock { $0 }
        )
    }

    private let tags = Reply(
        lines: [
            """
            {"models":[{"name":"a:1b","size":4700000000,"digest":"0123456789abcdef",\
            "modified_at":"0001-01-01T00:00:00Z"},{"name":"b:2b","size":12,"digest":"ff",\
            "modified_at":"0001-01-01T00:00:00Z"}]}
            """
        ]
    )

    private static let table = """
        NAME    ID              SIZE      MODIFIED
        a:1b    0123456789ab    4.7 GB    Never
        b:2b    ff              12 B      Never

        """

    @Test func listsModels() async throws {
        let all = try await run(["list"], ["GET /api/tags": tags])
        #expect(all.status == .exited(0))
        #expect(all.output == Self.table)
        let some = try await run(["ls", "B", "--quiet"], ["GET /api/tags": tags])
        #expect(some.output == "b:2b\n")
        let json = try await run(["list", "--format", "json"], ["GET /api/tags": tags])
        #expect(try JSONValue(parsing: json.output.utf8)["models"]?.arrayValue?.count == 2)
    }

    @Test func isOllamaUnderItsName() async throws {
        let listed = try await run(["list"], name: "ollama", ["GET /api/tags": tags])
        #expect(listed.output == Self.table, "\(listed.errors)")
        let version = Reply(lines: ["{\"version\":\"0.30.0\"}"])
        let told = try await run(["--version"], name: "ollama", ["GET /api/version": version])
        #expect(told.output.hasPrefix("ollama version is 0.30.0\n"))
        let refused = try await run(["serve"], name: "ollama", [:])
        #expect(refused.status == .exited(1))
        #expect(refused.errors.hasPrefix("Error: "))
        #expect(refused.errors.contains("baton up"))
        let foreign = try await run(["doctor"], name: "ollama", [:])
        #expect(foreign.status == .exited(64))
    }

    @Test func tellsWhatTheServerRefuses() async throws {
        let reply = Reply(status: 404, lines: ["{\"error\":\"model 'x' not found\"}"])
        let shown = try await run(["show", "x"], ["POST /api/show": reply])
        #expect(shown.status == .exited(1))
        #expect(shown.errors == "baton: model 'x' not found\n")
        let stopped = try await run(["stop", "x"], ["POST /api/generate": reply])
        #expect(stopped.errors == "baton: couldn't find model \"x\" to stop\n")
    }

    @Test func tellsHowAPullGoes() async throws {
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        let lines = [
            "{\"status\":\"pulling manifest\"}",
            "{\"status\":\"pulling abababababab\",\"digest\":\"\(digest)\",\"total\":1000}",
            "{\"status\":\"pulling abababababab\",\"digest\":\"\(digest)\",\"total\":1000,"
                + "\"completed\":1000}",
            "{\"status\":\"success\"}",
        ]
        let good = try await run(["pull", "x"], ["POST /api/pull": Reply(lines: lines)])
        #expect(good.status == .exited(0))
        #expect(
            good.errors == """
                pulling manifest
                pulling abababababab: 100% of 1 KB
                success

                """
        )
        let error = "{\"error\":\"pull model manifest: file does not exist\"}"
        let bad = try await run(
            ["pull", "x"],
            ["POST /api/pull": Reply(lines: [lines[0], error])]
        )
        #expect(bad.status == .exited(1))
        #expect(bad.errors.hasSuffix("baton: pull model manifest: file does not exist\n"))
    }

    @Test func answersWhatComesThroughAPipe() async throws {
        let shown = Reply(lines: ["{\"capabilities\":[\"completion\"]}"])
        let answer = Reply(
            lines: [
                "{\"response\":\"Hel\",\"done\":false}", "{\"response\":\"lo\",\"done\":false}",
                "{\"response\":\"\",\"done\":true,\"eval_count\":2,\"eval_duration\":1000000000}",
            ]
        )
        let outcome = try await run(
            ["run", "x", "explain", "this", "--verbose", "--keepalive", "5m"],
            input: "text",
            ["POST /api/show": shown, "POST /api/generate": answer]
        )
        #expect(outcome.status == .exited(0), "\(outcome.errors)")
        #expect(outcome.output == "Hello\n")
        #expect(outcome.errors.contains("eval rate:            2.00 tokens/s\n"))
        #expect(
            outcome.requests.last?.json
                == ["model": "x", "prompt": "text explain this", "keep_alive": "5m"]
        )
        let nothing = try await run(["run", "x"], [:])
        #expect(nothing.status == .exited(1))
        #expect(nothing.errors.contains("nothing to ask"))
    }

    @Test func pullsWhatIsMissingBeforeItRuns() async throws {
        let missing = Reply(status: 404, lines: ["{\"error\":\"model 'x' not found\"}"])
        let pull = Reply(lines: ["{\"error\":\"no such registry\"}"])
        let outcome = try await run(
            ["run", "x", "hi"],
            ["POST /api/show": missing, "POST /api/pull": pull]
        )
        #expect(outcome.status == .exited(1))
        #expect(outcome.errors.hasSuffix("baton: no such registry\n"))
    }

    @Test func modelsOfVectorsPrintThem() async throws {
        let shown = Reply(lines: ["{\"capabilities\":[\"embedding\"]}"])
        let answer = Reply(lines: ["{\"embeddings\":[[0.5,-0.25]]}"])
        let outcome = try await run(
            ["run", "x", "hi", "--truncate=false", "--dimensions", "2"],
            ["POST /api/show": shown, "POST /api/embed": answer]
        )
        #expect(outcome.output == "[0.5,-0.25]\n", "\(outcome.errors)")
        #expect(
            outcome.requests.last?.json
                == ["model": "x", "input": "hi", "truncate": false, "dimensions": 2]
        )
    }

    @Test func sendsFilesOfAModelfileOnce() async throws {
        let folder = TemporaryFolder()
        try Files.replace(folder.file("w.gguf"), with: Array("abc".utf8))
        try Files.replace(folder.file("Modelfile"), with: Array("FROM ./w.gguf\nSYSTEM hi".utf8))
        let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let done = Reply(lines: ["{\"status\":\"success\"}"])
        for isThere in [false, true] {
            let outcome = try await run(
                ["create", "mine", "-f", folder.file("Modelfile")],
                [
                    "HEAD /api/blobs/\(digest)": Reply(status: isThere ? 200 : 404),
                    "POST /api/blobs/\(digest)": Reply(status: 201),
                    "POST /api/create": done,
                ]
            )
            #expect(outcome.status == .exited(0), "\(outcome.errors)")
            let sent = outcome.requests.filter { $0.line.hasPrefix("POST /api/blobs/") }
            #expect(sent.map(\.body) == (isThere ? [] : [Array("abc".utf8)]))
            #expect(
                outcome.requests.last?.json
                    == ["model": "mine", "files": ["w.gguf": .string(digest)], "system": "hi"]
            )
        }
    }

    @Test func removesAndCopies() async throws {
        let error = Reply(status: 404, lines: ["{\"error\":\"model 'b' not found\"}"])
        let removed = try await run(
            ["rm", "a"],
            ["POST /api/generate": error, "DELETE /api/delete": Reply()]
        )
        #expect(removed.output == "deleted 'a'\n", "\(removed.errors)")
        let copied = try await run(["cp", "a", "b"], ["POST /api/copy": Reply()])
        #expect(copied.output == "copied 'a' to 'b'\n")
        #expect(copied.requests.last?.json == ["source": "a", "destination": "b"])
    }

    @Test func saysWhatToDoWhenNobodyAnswers() async throws {
        let listener = try FileDescriptorBox(TCPListener.open("127.0.0.1", port: 0))
        let port = TCPListener.port(of: listener.number)
        TCPListener.refuseConnections(listener.number)
        let environment = Environment.all.filter { !$0.hasPrefix("OLLAMA_") }
        let program = try await Program.start(
            ["list"],
            environment: environment + ["OLLAMA_HOST=127.0.0.1:\(port)"]
        )
        #expect(await program.end() == .exited(1))
        #expect(program.log.text.contains("start it with 'baton up'"), "\(program.log.text)")
    }

    @Test func collectsAndVerifiesAStore() async throws {
        let folder = TemporaryFolder()
        let store = folder.file("store")
        try Files.makeFolder("\(store)/blobs")
        let blob = "\(store)/blobs/sha256-" + String(repeating: "0", count: 64)
        try Files.replace(blob, with: [1, 2, 3])
        let told = try await run(["gc", "--store", store, "--older-than", "0s", "-n"], [:])
        #expect(told.output.hasSuffix("would remove 1 file, 3 B\n"), "\(told.errors)")
        #expect(Files.size(blob) == 3)
        let young = try await run(["gc", "--store", store], [:])
        #expect(young.output.hasSuffix("removed 0 files, 0 B\n"))
        let gone = try await run(
            ["gc", "--store", store, "--older-than", "0s", "--format", "json"],
            [:]
        )
        #expect(try JSONValue(parsing: gone.output.utf8)["bytes"] == 3)
        #expect(Files.size(blob) == nil)
        let verified = try await run(["verify-store", "--store", store], [:])
        #expect(verified.status == .exited(0))
        #expect(verified.output.hasSuffix("0 of 0 models are whole, 0 blobs read\n"))
    }
}

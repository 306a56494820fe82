import JSON
import POSIX
import Testing

@testable import ModelCommands

@Suite struct ModelServerTests {
    /// Says what a test's script says, in pieces that it chooses.
    private struct Script: ServerTransport {
        let status: Int
        let pieces: [String]

        func exchange(
            _ request: ServerRequest,
            receive: (_ status: Int, _ bytes: [UInt8]) throws -> Void
        ) async throws -> Int {
            if status == 0 { throw ServerError(.unreachable, "connection refused") }
            for piece in pieces { try receive(status, Array(piece.utf8)) }
            return status
        }
    }

    private func server(_ status: Int, _ pieces: String...) -> ModelServer {
        ModelServer(
            address: ServerAddress(nil),
            transport: Script(status: status, pieces: pieces),
            hint: "start it"
        )
    }

    private func objects(of server: ModelServer) async throws -> [JSONValue] {
        var objects: [JSONValue] = []
        try await server.stream("/api/chat", [:]) { objects.append($0) }
        return objects
    }

    @Test func readsLinesHoweverTheyCome() async throws {
        let expected: [JSONValue] = [["a": 1], ["b": "é"]]
        #expect(try await objects(of: server(200, "{\"a\":1}\n{\"b\":\"é\"}\n")) == expected)
        #expect(try await objects(of: server(200, "{\"a\":1}\r\n\n{\"b\":", "\"é\"}")) == expected)
        let bytes = "{\"a\":1}\n{\"b\":\"é\"}\n".utf8.map { [$0] }
        var lines = LineSplitter()
        let found = try bytes.flatMap { try lines.take($0) }
        #expect(try found.map { try JSONValue(parsing: $0) } == expected)
    }

    @Test func anErrorAmongTheLinesIsThrown() async {
        let server = server(200, "{\"a\":1}\n{\"error\":\"it broke\"}\n{\"a\":2}\n")
        var count = 0
        await #expect(throws: ServerError(.inStream, "it broke")) {
            try await server.stream("/api/chat", [:]) { _ in count += 1 }
        }
        #expect(count == 1)
    }

    @Test func refusalsKeepTheServersWords() async {
        await #expect(throws: ServerError(.status(404), "model 'x' not found")) {
            try await server(404, "{\"error\":\"model 'x' not found\"}").ask("GET", "/")
        }
        await #expect(throws: ServerError(.status(400), "bad")) {
            try await server(400, "{\"error\":{\"message\":\"bad\",\"type\":\"x\"}}").ask(
                "GET",
                "/"
            )
        }
        await #expect(throws: ServerError(.status(502), "Bad gateway")) {
            try await objects(of: server(502, "Bad\n", "gateway"))
        }
        await #expect(throws: ServerError(.status(500), "the server answered with status 500")) {
            try await server(500).ask("GET", "/")
        }
    }

    @Test func aMissingServerIsToldWithARemedy() async {
        await #expect(throws: ServerError(.unreachable, "start it (connection refused)")) {
            try await server(0).ask("GET", "/")
        }
    }

    @Test func otherServersAreRecognised() async {
        await #expect(throws: ServerError.self) {
            try await server(200, "<html>").ask("GET", "/api/tags")
        }
        await #expect(throws: ServerError.self) {
            try await server(200, "{}").models("/api/tags", prefix: "")
        }
    }

    @Test func modelsAreChosenByTheStartOfTheirNames() async throws {
        let text = "{\"models\":[{\"name\":\"Llama:1b\"},{\"name\":\"qwen:2b\"}]}"
        let found = try await server(200, text).models("/api/tags", prefix: "llama")
        #expect(found == [["name": "Llama:1b"]])
    }

    @Test func answersWithoutABodyAreNull() async throws {
        #expect(try await server(200).ask("POST", "/api/copy") == .null)
        #expect(try await server(404).hasBlob("sha256:0") == false)
        #expect(try await server(200).hasBlob("sha256:0"))
    }
}

import DeviceProtocol
import JSON
import POSIX
import Testing

@testable import LlamaServer

/// Requests over one connection, against answers that are written beforehand.
@Suite(.timeLimit(.minutes(1))) struct EngineConnectionTests {
    /// An engine's end of a connection.
    private final class Peer: Sendable {
        let socket: FileDescriptorBox
        let ours: FileDescriptorBox
        let loop: EventLoop

        init() throws {
            (socket, ours) = try Socket.pair()
            // As those are that a grant gives.
            for end in [socket, ours] { try end.setNonblocking(true) }
            loop = try EventLoop(name: "test")
        }

        deinit { loop.stop() }

        func say(_ text: String) throws {
            try Socket.sendAll(Array(text.utf8), on: socket.number)
        }

        var connection: EngineConnection {
            EngineConnection(loop: loop) { [ours] in ours }
        }
    }

    private static func answer(_ body: String, status: Int = 200) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func chunks(_ events: [String]) -> String {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + events.map { event in
                let text = "data: \(event)\n\n"
                return "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
            }.joined() + "0\r\n\r\n"
    }

    @Test func asksAgainOverTheSameConnection() async throws {
        let peer = try Peer()
        let connection = peer.connection
        try peer.say(Self.answer("{\"a\":1}"))
        #expect(try await connection.call("/one", [:]) == ["a": 1])
        try peer.say(Self.chunks(["{\"b\":1}", "{\"b\":2}", "[DONE]"]))
        var events = try await connection.stream("/two", Array("{}".utf8))
        #expect(try await events.value() == ["b": 1])
        #expect(try await events.value() == ["b": 2])
        #expect(try await events.value() == nil)
        try peer.say(Self.answer("{\"c\":1}"))
        #expect(try await connection.call("/three", [:]) == ["c": 1])
    }

    @Test func readsWithoutGivingAnything() async throws {
        let peer = try Peer()
        let connection = peer.connection
        try peer.say(Self.answer("{\"a\":1}"))
        #expect(try await connection.read("/one") == ["a": 1])
        let heard = try #require(try Socket.receive(atMost: 4096, on: peer.socket.number))
        #expect(
            String(decoding: heard, as: UTF8.self)
                == "GET /one HTTP/1.1\r\nHost: engine\r\nAccept: application/json\r\n\r\n"
        )
    }

    @Test func asksAgainWhereTheServerHasClosedBetweenTwoRequests() async throws {
        let (first, second) = (try Peer(), try Peer())
        var sockets = [second.ours, first.ours]
        let connection = EngineConnection(loop: first.loop) {
            guard let socket = sockets.popLast() else { throw CancellationError() }
            return socket
        }
        try first.say(Self.answer("{\"a\":1}"))
        #expect(try await connection.call("/one", [:]) == ["a": 1])
        Socket.shutDown(first.socket.number)
        try second.say(Self.answer("{\"b\":1}"))
        #expect(try await connection.call("/two", [:]) == ["b": 1])
        // What a fresh connection does not answer is not asked again.
        Socket.shutDown(second.socket.number)
        await #expect(throws: (any Error).self) { try await connection.call("/three", [:]) }
    }

    @Test func goesOnAfterAnAnswerThatCameWithItsHead() async throws {
        let peer = try Peer()
        let connection = peer.connection
        // Both are there before either is asked for: the whole of the first comes in one read.
        try peer.say(Self.chunks(["{\"b\":1}"]))
        var events = try await connection.stream("/one", Array("{}".utf8))
        #expect(try await events.value() == ["b": 1])
        // Not read to its end, but it has ended: the connection is used again.
        try peer.say(Self.answer("{\"c\":1}"))
        #expect(try await connection.call("/two", [:]) == ["c": 1])
        _ = consume events
    }

    @Test func tellsWhatTheServerRefuses() async throws {
        let peer = try Peer()
        let connection = peer.connection
        let error =
            "{\"error\":{\"code\":400,\"type\":\"t\",\"message\":\"m\",\"n_prompt_tokens\":9}}"
        try peer.say(Self.answer(error, status: 400))
        let failure = await #expect(throws: EngineFailure.self) {
            _ = try await connection.call("/one", [:])
        }
        #expect(failure?.status == 400 && failure?.type == "t" && failure?.promptTokens == 9)
        try peer.say(Self.chunks(["{\"b\":1}", error]))
        await #expect(throws: EngineFailure.self) {
            var events = try await connection.stream("/two", Array("{}".utf8))
            #expect(try await events.value() == ["b": 1])
            _ = try await events.value()
        }
    }

    @Test func noticesThatItIsCut() async throws {
        let peer = try Peer()
        let connection = peer.connection
        try peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata")
        Socket.shutDown(peer.socket.number)
        let error = await #expect(throws: DeviceError.self) {
            var events = try await connection.stream("/one", Array("{}".utf8))
            _ = try await events.value()
        }
        #expect(error?.code == .revoked)
    }

    @Test func leavesWhenItsTaskIsCancelled() async throws {
        let peer = try Peer()
        let connection = peer.connection
        // Cancelled and awaited below.
        let task = Task {
            let connection = peer.connection
            _ = try await connection.call("/one", [:])
        }
        while try Socket.receive(atMost: 4096, on: peer.socket.number)?.isEmpty == true {
            await Task.yield()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // The server sees that its client has left.
        while try Socket.receive(atMost: 4096, on: peer.socket.number) != nil { await Task.yield() }
        _ = connection
    }
}

extension EngineEvents {
    fileprivate mutating func value() async throws -> JSONValue? {
        guard let event = try await read() else { return nil }
        return try Self.value(of: event)
    }
}

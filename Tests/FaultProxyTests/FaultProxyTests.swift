import FaultProxy
import Glibc
import POSIX
import TestKit
import Testing

/// Each fault, as a client and a server see it.
@Suite(.timeLimit(.minutes(1))) struct FaultProxyTests {
    private static let message = Array("0123456789".utf8)

    private static func with(
        _ plan: FaultPlan,
        _ body: (RawClient, EchoServer, FaultProxy) async throws -> Void
    ) async throws {
        let server = try EchoServer()
        let proxy = try FaultProxy(to: server.endpoint, plan)
        try await body(try RawClient(port: proxy.port), server, proxy)
    }

    @Test func changesNothingWithoutFaults() async throws {
        try await Self.with(FaultPlan()) { client, server, _ in
            // More than any buffer on the way holds.
            let long = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &>> 3) }
            async let echo = client.untilClosed()
            try await client.send(long)
            client.finishSending()
            #expect(await echo == long)
            #expect(await server.endings.next().bytes == long)
            #expect(!client.wasReset)
        }
    }

    @Test func connectsUnixSocketsToo() async throws {
        let folder = TemporaryFolder()
        let server = try EchoServer(at: folder.file("server"))
        let proxy = try FaultProxy(to: server.endpoint, at: .unix(folder.file("proxy"))) { _ in
            FaultPlan(upload: .flipping(0xFF, at: 0))
        }
        let client = try Socket.connect(to: folder.file("proxy"))
        #expect(send(client.number, [UInt8(0), 1], 2, 0) == 2)
        _ = shutdown(client.number, CInt(SHUT_WR))
        let ending = await server.endings.next()
        #expect(ending.bytes == [0xFF, 1], "\(ending)")
        withExtendedLifetime((client.number, proxy, folder)) {}
    }

    @Test func delays() async throws {
        var slow = StreamFaults()
        slow.latency = .milliseconds(20)
        try await Self.with(FaultPlan(upload: slow, download: slow)) { client, _, _ in
            let start = MonotonicTime.now
            try await client.send(Self.message)
            client.finishSending()
            #expect(await client.untilClosed() == Self.message)
            #expect(MonotonicTime.now - start >= .milliseconds(40))
        }
    }

    @Test func trickles() async throws {
        let plan = FaultPlan(download: .trickling(2, every: .milliseconds(5)))
        try await Self.with(plan) { client, _, _ in
            let start = MonotonicTime.now
            try await client.send(Self.message)
            client.finishSending()
            #expect(await client.untilClosed() == Self.message)
            #expect(MonotonicTime.now - start >= .milliseconds(20))
        }
    }

    @Test func flipsBits() async throws {
        let plan = FaultPlan(upload: .flipping(0x01, at: 0), download: .flipping(0x80, at: 9))
        try await Self.with(plan) { client, server, _ in
            try await client.send(Self.message)
            client.finishSending()
            let bytes = await client.untilClosed()
            #expect(bytes == Array("112345678".utf8) + [0xB9])
            #expect(await server.endings.next().bytes.first == 0x31)
        }
    }

    @Test func cutsBothDirectionsWithAnOrdinaryEnd() async throws {
        try await Self.with(FaultPlan(upload: .ending(after: 4, by: .cut))) { client, server, _ in
            try await client.send(Self.message)
            let ending = await server.endings.next()
            #expect(ending.bytes == Array("0123".utf8))
            #expect(ending.error == nil)
            let echo = await client.untilClosed()
            #expect(Array("0123".utf8).starts(with: echo))
            #expect(!client.wasReset)
        }
    }

    @Test func halfClosesOneDirectionOnly() async throws {
        let plan = FaultPlan(upload: .ending(after: 4, by: .halfClose))
        try await Self.with(plan) { client, server, _ in
            try await client.send(Self.message)
            #expect(await server.endings.next().bytes == Array("0123".utf8))
            // The echo of what the server got still arrives, and then the server's own end.
            #expect(await client.untilClosed() == Array("0123".utf8))
            #expect(!client.wasReset)
        }
    }

    @Test func resetsBothEnds() async throws {
        let plan = FaultPlan(download: .ending(after: 3, by: .reset))
        try await Self.with(plan) { client, server, _ in
            try await client.send(Self.message)
            let echo = await client.untilClosed()
            #expect(Array("012".utf8).starts(with: echo))
            #expect(client.wasReset)
            #expect(await server.endings.next().error == ECONNRESET)
        }
    }

    @Test func stallsUntilItEnds() async throws {
        let plan = FaultPlan(download: .ending(after: 3, by: .stall))
        try await Self.with(plan) { client, server, proxy in
            try await client.send(Self.message)
            client.finishSending()
            // The server is done, so everything was sent back; three bytes of it get through.
            #expect(await server.endings.next().bytes == Self.message)
            proxy.end()
            #expect(await client.untilClosed() == Array("012".utf8))
        }
    }

    @Test func endsWithItsOwner() async throws {
        let server = try EchoServer()
        var proxy: FaultProxy? = try FaultProxy(to: server.endpoint, FaultPlan())
        let client = try RawClient(port: try #require(proxy).port)
        try await client.send(Self.message)
        proxy = nil
        // Hangs if the connection, accepted or not, outlives the proxy.
        _ = await client.untilClosed()
    }

    @Test func plansByTheConnectionsNumber() async throws {
        let server = try EchoServer()
        let proxy = try FaultProxy(to: server.endpoint) { number in
            FaultPlan(upload: number == 0 ? .ending(after: 0, by: .reset) : StreamFaults())
        }
        _ = await (try RawClient(port: proxy.port)).untilClosed()
        let second = try RawClient(port: proxy.port)
        try await second.send(Self.message)
        second.finishSending()
        #expect(await second.untilClosed() == Self.message)
    }

    @Test func passesOnThatThereIsNoServer() async throws {
        let port: UInt16
        do {
            let listener = try TCPListener.open("127.0.0.1", port: 0)
            port = TCPListener.port(of: listener.number)
        }
        let proxy = try FaultProxy(to: .tcp(port), FaultPlan())
        #expect(await (try RawClient(port: proxy.port)).untilClosed() == [])
    }

    /// Whatever was planned, both ends learn of an end and nothing is left open.
    @Test(arguments: Array(UInt64(0)..<40))
    func alwaysComesToAnEnd(_ seed: UInt64) async throws {
        let length = 2000
        try await Self.with(FaultPlan(seed: seed, length: length)) { client, server, _ in
            try? await client.send([UInt8](repeating: 7, count: length))
            client.finishSending()
            #expect(await client.untilClosed().count <= length)
            #expect(await server.endings.next().bytes.count <= length)
        }
    }
}

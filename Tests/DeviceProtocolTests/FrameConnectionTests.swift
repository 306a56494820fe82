import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit
import Testing

private typealias Arrived = (frame: JSONObject, descriptors: [FileDescriptorBox])

/// One end of a connection with what it was told.
private struct End: Sendable {
    let frames = Inbox<Arrived>()
    let closings = Inbox<String?>()
    let connection: FrameConnection

    init(_ socket: FileDescriptorBox, _ loop: EventLoop, frameLimit: Int = 1 << 20) throws {
        connection = try FrameConnection(
            socket: socket,
            loop: loop,
            frameLimit: frameLimit,
            handlers: FrameConnection.Handlers(
                frame: { [frames] in frames.put(($0, $1)) },
                closed: { [closings] in closings.put($0) }
            )
        )
    }
}

@Suite(.timeLimit(.minutes(1))) struct FrameConnectionTests {
    private let loop: EventLoop
    private let sockets: (FileDescriptorBox, FileDescriptorBox)

    init() throws {
        loop = try EventLoop(name: "test-frames")
        sockets = try Socket.pair()
    }

    private func object(_ number: Int) -> JSONObject { JSONObject([("n", JSONValue(number))]) }

    /// Everything that was on its way on the loop has happened.
    private func settle() async {
        let done = Inbox<Bool>()
        for _ in 0..<3 {
            loop.submit { done.put(true) }
            _ = await done.next()
        }
    }

    @Test func deliversInOrder() async throws {
        let here = try End(sockets.0, loop)
        let there = try End(sockets.1, loop)
        for number in 0..<2000 { here.connection.send(object(number)) }
        there.connection.send(object(-1))
        for number in 0..<2000 {
            #expect(await there.frames.next().frame["n"] == JSONValue(number))
        }
        #expect(await here.frames.next().frame["n"] == -1)
        #expect(here.connection.peer?.pid == getpid())
        here.connection.close()
        #expect(await here.closings.next() == nil)
        #expect(await there.closings.next() == nil)
        loop.stop()
    }

    @Test func carriesLargeFrames() async throws {
        let here = try End(sockets.0, loop)
        let there = try End(sockets.1, loop)
        let text = String(repeating: "x", count: 900_000)
        for _ in 0..<10 { here.connection.send(JSONObject([("text", .string(text))])) }
        for _ in 0..<10 { #expect(await there.frames.next().frame["text"] == .string(text)) }
        here.connection.close()
        _ = await there.closings.next()
        loop.stop()
    }

    @Test func givesDescriptorsToTheFramesThatClaimThem() async throws {
        let here = try End(sockets.0, loop)
        let there = try End(sockets.1, loop)
        let memories = try (0..<3).map { _ in try SharedMemory(size: 4096) }
        for (index, memory) in memories.enumerated() { memory.bytes[0] = UInt8(index) }
        let boxes = memories.map(\.descriptor)
        here.connection.send(object(0), descriptors: [boxes[0]])
        here.connection.send(object(1))
        here.connection.send(object(2), descriptors: [boxes[1], boxes[2]])
        var found: [UInt8] = []
        for count in [1, 0, 2] {
            let arrived = await there.frames.next()
            #expect(arrived.descriptors.count == count)
            for box in arrived.descriptors {
                let memory = try SharedMemory(received: box, size: 4096)
                withExtendedLifetime(memory) { found.append(memory.bytes[0]) }
            }
        }
        #expect(found == [0, 1, 2])
        here.connection.close()
        _ = await there.closings.next()
        loop.stop()
    }

    @Test(arguments: [
        ([UInt8](FrameDecoder.encode(JSONObject([("descriptors", 1)]))), "descriptors announced"),
        ([0, 255, 255, 255], "over the limit"), ([0, 0, 0, 1, 0x78], "not JSON"),
    ])
    func endsAConnectionThatBreaksTheProtocol(bytes: [UInt8], reason: String) async throws {
        let there = try End(sockets.1, loop)
        #expect(write(sockets.0.number, bytes, bytes.count) == bytes.count)
        let told = await there.closings.next()
        #expect(told?.contains(reason) == true)
        await settle()
        #expect(there.closings.isEmpty)
        loop.stop()
    }

    @Test func refusesDescriptorsThatNobodyClaims() async throws {
        let there = try End(sockets.1, loop)
        let extra = [Int32](repeating: sockets.0.number, count: Socket.maximumDescriptors)
        for _ in 0..<5 {
            let frame = FrameDecoder.encode(JSONObject())
            let sent = try frame.withUnsafeBytes {
                try Socket.send($0, descriptors: extra, on: sockets.0.number)
            }
            #expect(sent == frame.count)
        }
        #expect(await there.closings.next()?.contains("no frame announces") == true)
        loop.stop()
    }

    @Test func cutsOffAPeerThatDoesNotRead() async throws {
        let here = try End(sockets.0, loop)
        let text = JSONValue(String(repeating: "x", count: 1 << 20))
        for _ in 0..<(FrameConnection.defaultQueueLimit >> 20) + 2 {
            here.connection.send(JSONObject([("text", text)]))
        }
        #expect(await here.closings.next() == "the peer does not read its frames")
        here.connection.send(object(1))
        here.connection.close()
        await settle()
        #expect(here.closings.isEmpty)
        loop.stop()
    }

    @Test func noticesAPeerThatLeavesInMidFrame() async throws {
        let there = try End(sockets.1, loop)
        #expect(write(sockets.0.number, [UInt8(0), 0, 0, 9, 123], 5) == 5)
        shutdown(sockets.0.number, Int32(SHUT_RDWR))
        #expect(await there.closings.next() == nil)
        #expect(there.frames.isEmpty)
        loop.stop()
    }

    @Test func tellsTheEndOnceWhenItComesAtTheStart() async throws {
        for _ in 0..<200 {
            let (near, far) = try Socket.pair()
            shutdown(far.number, Int32(SHUT_RDWR))
            let end = try End(near, loop)
            #expect(await end.closings.next() == nil)
            #expect(end.closings.isEmpty)
        }
        loop.stop()
    }

    @Test func isFreedOnceItIsClosed() async throws {
        weak let connection: FrameConnection? = try await {
            let end = try End(sockets.0, loop)
            end.connection.close("enough")
            #expect(await end.closings.next() == "enough")
            return end.connection
        }()
        await settle()
        #expect(connection == nil)
        loop.stop()
    }
}

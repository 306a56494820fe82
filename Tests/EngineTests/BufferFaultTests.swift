import CLinux
import DeviceProtocol
import Glibc
import JSON
import POSIX
import Testing

/// Clients that pass memory which an engine must not touch, or flood it; others go on.
@Suite(.timeLimit(.minutes(1))) struct BufferFaultTests {
    private static let announced = 8192

    /// The kernel's numbers, which its headers hide from Swift.
    private enum Seal {
        static let add: CInt = 1033
        static let seal: CInt = 1
        static let shrink: CInt = 2
        static let grow: CInt = 4
    }

    /// A memory file as a careless or hostile client passes it.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Bytes of the file.
        var size = announced
        /// Which seals it gets.
        var seals: CInt = linux_memfd_required_seals()
        /// What the frame says of it.
        var entry: JSONValue = ["id": 1, "size": JSONValue(announced)]
        /// What the engine says.
        let reason: String
    }

    private static let faults = [
        Fault(testDescription: "unsealed", seals: 0, reason: "not sealed"),
        Fault(testDescription: "may shrink", seals: Seal.grow | Seal.seal, reason: "not sealed"),
        Fault(testDescription: "may grow", seals: Seal.shrink | Seal.seal, reason: "not sealed"),
        Fault(
            testDescription: "may lose its seals",
            seals: Seal.shrink | Seal.grow,
            reason: "not sealed"
        ),
        Fault(testDescription: "too small", size: 4096, reason: "accept a buffer of 8192 bytes"),
        Fault(testDescription: "empty", size: 0, reason: "accept a buffer of 8192 bytes"),
        Fault(
            testDescription: "size zero",
            entry: ["id": 1, "size": 0],
            reason: "accept a buffer of 0 bytes"
        ),
        Fault(
            testDescription: "negative size",
            entry: ["id": 1, "size": -1],
            reason: "accept a buffer of -1 bytes"
        ),
        Fault(
            testDescription: "huge size",
            entry: ["id": 1, "size": JSONValue(Int.max)],
            reason: "too many are mapped"
        ),
        Fault(
            testDescription: "size that is no number",
            entry: ["id": 1, "size": "8192"],
            reason: "must be whole numbers"
        ),
        Fault(testDescription: "no number", entry: ["size": 8192], reason: "must be whole numbers"),
    ]

    private func loaded(_ behaviour: JSONObject = [:]) async throws -> EngineUnderTest {
        let engine = try await EngineUnderTest.start("simulated")
        let reply = try await engine.load(["g": try Fixture.script(behaviour)])
        try #require(reply["status"]?.stringValue == "ok", "\(reply)")
        return engine
    }

    private func expectService(of engine: EngineUnderTest) async throws {
        let other = try engine.channel(token: "other")
        let (reply, _) = try await other.run("g", [1], shape: [1], capacity: 4, token: "other")
        #expect(reply["status"]?.stringValue == "ok")
    }

    private func memory(_ size: Int, seals: CInt) -> FileDescriptorBox {
        let number = unsafe linux_memfd_create("test")
        #expect(ftruncate(number, off_t(size)) == 0)
        #expect(fcntl(number, Seal.add, seals) == 0)
        return FileDescriptorBox(owning: number)
    }

    @Test(arguments: faults) func refusesMemoryThatCannotBeTrusted(_ fault: Fault) async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let frame: JSONObject = ["action": "describe", "buffers": .array([fault.entry])]
        _ = channel.peer.request(
            frame,
            descriptors: [memory(fault.size, seals: fault.seals)]
        )
        let last = try await channel.peer.event("closed")
        #expect(last.code == "bad_request")
        #expect(last["error"]?.stringValue?.contains(fault.reason) == true, "\(last)")
        await #expect(throws: Peer.Closed.self) { try await channel.peer.next() }
        try await expectService(of: engine)
    }

    @Test func memoryThatWasPassedCanNeverShrink() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        let output = try SharedBuffer(size: 4)
        for _ in 0..<2 {
            let id = channel.submit("g", ["x": tensor], ["y": (output, 4)], buffers: [buffer])
            #expect(try await channel.peer.reply(to: id)["status"]?.stringValue == "ok")
            #expect(ftruncate(buffer.memory.descriptor.number, 0) == -1)
            #expect(errno == EPERM)
        }
    }

    @Test func refusesAFileThatIsNoMemory() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let file = FileDescriptorBox(owning: unsafe open("/dev/zero", O_RDWR | O_CLOEXEC))
        let frame: JSONObject = [
            "action": "describe", "buffers": [["id": 1, "size": JSONValue(Self.announced)]],
        ]
        _ = channel.peer.request(frame, descriptors: [file])
        #expect(try await channel.peer.event("closed").code == "bad_request")
        try await expectService(of: engine)
    }

    @Test func refusesMoreWorkThanMayWait() async throws {
        let engine = try await loaded(["calls": ["milliseconds": [3_600_000]]])
        let channel = try engine.channel()
        let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        let output = try SharedBuffer(size: 4)
        var last = 0
        // One runs, 64 wait.
        for _ in 0..<66 {
            last = channel.submit("g", ["x": tensor], ["y": (output, 4)], buffers: [buffer])
            if last == 1 { try await engine.waitUntilRunning() }
        }
        #expect(try await channel.peer.reply(to: last).code == "queue_full")
        #expect(try await engine.control.ask(["action": "ping"])["status"]?.stringValue == "ok")
    }

    @Test func cutsOffAClientThatNeverReads() async throws {
        let engine = try await loaded()
        let socket = try engine.rawChannel()
        let request = FrameDecoder.encode(["action": "infer", "request_id": 1])
        var rest = request[...]
        while true {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(socket.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
                if rest.isEmpty { rest = request[...] }
            } else if errno == EAGAIN {
                _ = try await engine.control.ask(["action": "ping"])
            } else {
                break
            }
        }
        try await engine.wait { $0["channels"]?.integerValue == 0 }
        try await expectService(of: engine)
    }
}

import DeviceClient
import DeviceManager
import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// What a manager knows of models that an earlier one used.
@Suite(.timeLimit(.minutes(1))) struct MemoryTests {
    private static func world(_ folder: TemporaryFolder) async throws -> ManagerWorld {
        try await ManagerWorld(["a": [:], "b": [:]], folder: folder) {
            $0.stateFile = folder.file("models.json")
        }
    }

    private static func use(_ model: String, times: Int, in world: ManagerWorld) async throws {
        for _ in 0..<times {
            try await world.client.withTicket(models: [model], ticketClass: .interactive) {
                _ = try await $0.compute([1], on: model)
            }
        }
    }

    @Test func aPinIsOnTheDiskWhenItIsAnswered() async throws {
        let folder = TemporaryFolder()
        let world = try await Self.world(folder)
        let peer = try world.peer()
        let answer = await peer.ask(
            ["action": "pin", "model": "a", "pinned": true, "request_id": 1]
        )
        #expect(answer?["stored"] == true)
        // Another manager, as after a kill: nothing was said to the first one.
        let next = try await Self.world(folder)
        #expect(try await next.model("a")["pinned"] == true)
        #expect(try await next.model("b")["pinned"] == false)
        let nextPeer = try next.peer()
        _ = await nextPeer.ask(["action": "pin", "model": "a", "pinned": false, "request_id": 1])
        #expect(try await Self.world(folder).model("a")["pinned"] == false)
    }

    @Test func measurementsSurviveADrain() async throws {
        let folder = TemporaryFolder()
        let first = try await Self.world(folder)
        try await Self.use("a", times: 6, in: first)
        await first.manager.drain(patience: .seconds(1))
        let file = try JSONValue(parsing: Files.read(folder.file("models.json")))
        let memory = file["models"]?["a"]
        #expect((memory?["footprint_bytes"]?.integerValue ?? 0) > 1 << 20)
        #expect(memory?["load_ms"]?.doubleValue ?? 0 > 0)
        #expect(memory?["held_ms"]?.doubleValue ?? 0 > 0)
        #expect(file["models"]?["b"] == nil, "nothing is known of it")
        let next = try await Self.world(folder)
        try await Self.use("b", times: 1, in: next)
        await next.manager.drain(patience: .seconds(1))
        let later = try JSONValue(parsing: Files.read(folder.file("models.json")))
        #expect(later["models"]?["a"]?["footprint_bytes"] == memory?["footprint_bytes"])
        #expect(later["models"]?["b"] != nil)
    }

    @Test(arguments: ["", "{", #"{"version":2,"models":{}}"#, #"{"version":1,"models":{"a":7}}"#])
    func aDamagedFileCostsOnlyWhatWasInIt(content: String) async throws {
        let folder = TemporaryFolder()
        try Files.replace(folder.file("models.json"), with: Array(content.utf8))
        let world = try await Self.world(folder)
        try await Self.use("a", times: 1, in: world)
        await world.manager.drain(patience: .seconds(1))
        let file = try JSONValue(parsing: Files.read(folder.file("models.json")))
        #expect(file["models"]?["a"] != nil)
    }

    @Test func anIdleModelGoesWhenTheMachineLacksMemory() async throws {
        let folder = TemporaryFolder()
        let pressure = folder.file("pressure")
        try Files.replace(pressure, with: Array("some avg10=0.00\nfull avg10=0.00\n".utf8))
        let world = try await ManagerWorld(["a": [:], "b": [:]], folder: folder) {
            $0.pressureFile = pressure
        }
        try await Self.use("a", times: 1, in: world)
        try await Self.use("b", times: 1, in: world)
        let peer = try world.peer()
        let busy = await peer.ask(["action": "acquire", "model": "b", "request_id": 1])
        #expect(busy?["status"] == "granted")
        let text = "some avg10=61.00 avg60=9\nfull avg10=43.21 avg60=1.00 total=7\n"
        try Files.replace(pressure, with: Array(text.utf8))
        try await world.until { report in
            report["models"]?.arrayValue?.first?["state"]?.stringValue == "absent"
        }
        #expect(try await world.model("b")["state"] == "ready", "it is in use")
    }

    @Test func aDiskThatIsFullLosesNothingThatWasThere() async throws {
        let folder = TemporaryFolder()
        let world = try await Self.world(folder)
        let peer = try world.peer()
        _ = await peer.ask(["action": "pin", "model": "a", "pinned": true, "request_id": 1])
        let before = try Files.read(folder.file("models.json"))
        // What a full disk looks like to whoever writes: no new file can be made where it belongs.
        // A folder in the way of the rename does that to root too.
        #expect(rename(folder.file("models.json"), folder.file("kept.json")) == 0)
        try Files.makeFolder(folder.file("models.json/in the way"))
        let answer = await peer.ask(
            ["action": "pin", "model": "b", "pinned": true, "request_id": 2]
        )
        #expect(answer?["status"] == "ok")
        #expect(answer?["stored"] == false)
        #expect(try await world.model("b")["pinned"] == true)
        #expect(rmdir(folder.file("models.json/in the way")) == 0)
        #expect(rmdir(folder.file("models.json")) == 0)
        #expect(rename(folder.file("kept.json"), folder.file("models.json")) == 0)
        #expect(try Files.read(folder.file("models.json")) == before)
        // With room again, the same wish is stored, though nothing changes by it.
        let again = await peer.ask(
            ["action": "pin", "model": "b", "pinned": true, "request_id": 3]
        )
        #expect(again?["stored"] == true)
        #expect(try await Self.world(folder).model("b")["pinned"] == true)
    }

    @Test func whatAKilledManagerLeftInTheMiddleOfAWriteIsRemoved() async throws {
        let folder = TemporaryFolder()
        let (rest, other) = (folder.file("models.json.partial.1.2"), folder.file("models.json.old"))
        for path in [rest, other] { try Files.replace(path, with: Array("{".utf8)) }
        let world = try await Self.world(folder)
        _ = try await world.client.status()
        #expect(Files.size(rest) == nil)
        #expect(Files.size(other) != nil, "somebody else's")
    }
}

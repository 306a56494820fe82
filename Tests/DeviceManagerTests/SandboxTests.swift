import Configuration
import DeviceClient
import DeviceManager
import DeviceProtocol
import Glibc
import JSON
import POSIX
import Sandboxing
import TestKit
import Testing

/// What engines may reach, and what the manager tells of it.
// One after the other: together they would start dozens of processes at the same moment.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SandboxTests {
    /// Why a model is not loaded; nil when it is.
    private func failure(
        _ load: JSONValue,
        folder: TemporaryFolder = TemporaryFolder(),
        _ adjust: (inout EngineLimits) -> Void = { _ in }
    ) async throws -> String? {
        let world = try await ManagerWorld(["a": ["load": load], "b": [:]], folder: folder) {
            adjust(&$0.models[0].limits)
        }
        do {
            try await world.client.load("a", ticketClass: .interactive)
            return nil
        } catch {
            // Nobody else is harmed.
            try await world.client.load("b", ticketClass: .interactive)
            let reason = try await world.model("a")["last_failure"]?.stringValue
            #expect(reason.map(error.message.contains) == true, "\(error.message)")
            return reason
        }
    }

    @Test func anEngineReadsItsModelAndNothingElse() async throws {
        let folder = TemporaryFolder()
        try Files.makeFolder(folder.file("a"))
        try Files.replace(folder.file("a/weights"), with: [1])
        let own = folder.file("a/weights")
        #expect(try await failure(["reads": [.string(own)]], folder: folder) == nil)
        for path in ["/etc/passwd", folder.file("b/g.json"), Files.executable] {
            let reason = try await failure(["reads": [.string(path)]], folder: folder)
            #expect(reason == "cannot read '\(path)': Permission denied")
        }
    }

    @Test func anEngineReadsWhatItsSettingsName() async throws {
        let reason = try await failure(["reads": ["/etc/passwd"]]) { $0.readable = ["/etc"] }
        #expect(reason == nil)
    }

    @Test func aModelMayBeALinkIntoAStore() async throws {
        let folder = TemporaryFolder()
        try Files.makeFolder(folder.file("store"))
        let world = try await ManagerWorld(["a": [:]], folder: folder) { _ in
            let blob = folder.file("store/blob")
            try #require(rename(folder.file("a/g.json"), blob) == 0)
            try #require(symlink(blob, folder.file("a/g.json")) == 0)
        }
        try await world.client.load("a", ticketClass: .interactive)
    }

    @Test func anEngineWritesOnlyToItsOwnFolder() async throws {
        let folder = TemporaryFolder()
        func write(_ path: String) async throws -> String? {
            try await failure(["writes": [.string(path)]], folder: folder) {
                $0.writable = [folder.file("cache/a")]
            }
        }
        #expect(try await write(folder.file("cache/a/x")) == nil)
        for path in [folder.file("cache/x"), folder.file("a/x"), "/tmp/x"] {
            #expect(try await write(path) == "cannot write '\(path)': Permission denied")
        }
    }

    @Test func anEngineDrivesOnlyTheDevicesOfItsKind() async throws {
        let script: JSONObject = ["load": ["reads": ["/dev/zero"]]]
        let world = try await ManagerWorld(["a": script])
        await #expect(throws: DeviceError.self) {
            try await world.client.load("a", ticketClass: .interactive)
        }
        let other = try await ManagerWorld(["a": script]) {
            $0.programs.engines["simulated"]?.devices = ["/dev/zero"]
        }
        try await other.client.load("a", ticketClass: .interactive)
    }

    @Test func anEngineStartsProcessesOnlyWhenItMay() async throws {
        let start: JSONValue = ["starts": "/bin/true"]
        let reason = try await failure(start)
        #expect(reason == "cannot start '/bin/true': Operation not permitted")
        let allowed = try await failure(start) {
            $0.mayStartProcesses = true
            $0.readable = ["/bin/true"]
        }
        #expect(allowed == nil)
    }

    @Test func anEngineBeyondItsMemoryFailsAlone() async throws {
        let load: JSONValue = ["bytes": JSONValue(256 << 20)]
        let reason = try await failure(load) { $0.memory = 128 << 20 }
        let expected = "cannot take 268435456 bytes of memory: Cannot allocate memory"
        #expect(reason?.hasPrefix(expected) == true)
        #expect(try await failure(load) { $0.memory = 512 << 20 } == nil)
    }

    @Test func aFailureNearTheMemoryLimitNamesIt() async throws {
        let load: JSONValue = ["bytes": JSONValue(96 << 20), "refuse_late": "no thread"]
        let reason = try await failure(load) { $0.memory = 160 << 20 }
        #expect(reason?.hasPrefix("no thread (it had ") == true)
        #expect(reason?.hasSuffix(" of at most 167772160 bytes of private memory)") == true)
        #expect(try await failure(load) { $0.memory = 1 << 30 } == "no thread")
    }

    @Test func anEngineThatOpensTooManyFilesFailsAlone() async throws {
        let reason = try await failure(["files": 200]) { $0.files = 100 }
        #expect(reason == "cannot open '/dev/null': Too many open files")
        #expect(try await failure(["files": 200]) { $0.files = 300 } == nil)
    }

    @Test func aCrashNamesTheMemoryLimit() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["crash_at": 1]]]) {
            $0.models[0].limits.memory = 512 << 20
        }
        await #expect(throws: DeviceError.self) {
            try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
                try await $0.compute([4], on: "a")
            }
        }
        let reason = try await world.model("a")["last_failure"]?.stringValue
        let limit = "its private memory is limited to 536870912 bytes"
        #expect(reason == "its engine was ended by signal 6 (\(limit))")
    }

    @Test func takesTheNicenessOfItsSettings() async throws {
        let world = try await ManagerWorld(["a": [:]]) { $0.models[0].limits.niceness = 7 }
        try await world.client.load("a", ticketClass: .interactive)
        let pid = try await world.model("a")["pid"]?.integerValue ?? 0
        #expect(getpriority(CInt(PRIO_PROCESS.rawValue), id_t(pid)) == 7)
    }

    // MARK: What the manager tells

    @Test func theStatusListsWhatHolds() async throws {
        let world = try await ManagerWorld(["a": [:]])
        try await world.client.load("a", ticketClass: .interactive)
        #expect(try await world.client.status()["sandbox"] == "preferred")
        let sandbox = try #require(await world.model("a")["sandbox"])
        let active = sandbox["active"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let all = ["no-sockets", "no-processes", "system-calls", "no-capabilities", "parent-death"]
        #expect(Set(active).isSuperset(of: all))
        let missing = sandbox["missing"]?.arrayValue ?? []
        #expect(missing.allSatisfy { $0["reason"]?.stringValue?.isEmpty == false })
    }

    /// A manager on a kernel without Landlock.
    private func lesserWorld(
        _ policy: DeviceSettings.SandboxPolicy
    ) async throws -> ManagerWorld {
        let folder = TemporaryFolder()
        return try await ManagerWorld(["a": [:]], folder: folder) {
            $0.sandbox = policy
            $0.programs.launcher = try LesserKernel.program(
                $0.programs.launcher,
                without: [.landlock],
                at: folder.file("launch")
            )
        }
    }

    @Test func theStatusListsWhatLacksAndWhy() async throws {
        let world = try await lesserWorld(.preferred)
        try await world.client.load("a", ticketClass: .interactive)
        let missing = try await world.model("a")["sandbox"]?["missing"]?.arrayValue
        #expect(
            missing?.first
                == ["protection": "landlock", "reason": "Function not implemented"]
        )
    }

    @Test func anEngineThatMustBeProtectedDoesNotStartUnprotected() async throws {
        let world = try await lesserWorld(.required)
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.load("a", ticketClass: .interactive)
        }
        #expect(error?.code == .loadFailed)
        let reason = try #require(await world.model("a")["last_failure"]?.stringValue)
        #expect(
            reason == "the sandbox must be complete and lacks landlock (Function not implemented)"
        )
        #expect(try await world.client.status()["sandbox"] == "required")
    }

    @Test func aLauncherThatFindsNoProgramSaysSo() async throws {
        let world = try await ManagerWorld(["a": [:]]) {
            $0.programs.engines["simulated"] = EngineProgram(path: "/no/such/engine")
        }
        await #expect(throws: DeviceError.self) {
            try await world.client.load("a", ticketClass: .interactive)
        }
        let reason = try await world.model("a")["last_failure"]?.stringValue
        #expect(reason == "cannot execute '/no/such/engine': No such file or directory")
    }
}

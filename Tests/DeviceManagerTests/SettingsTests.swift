import Configuration
import DeviceManager
import DeviceProtocol
import JSON
import Testing

/// What `device.yaml` says of engines.
@Suite struct SettingsTests {
    private func settings(_ text: String) throws -> DeviceSettings {
        let reader = ConfigurationReader(parsing: Array(text.utf8), name: "device.yaml")
        let settings = DeviceSettings(reader, cores: 2)
        try reader.finish()
        return settings
    }

    private func manager(_ text: String) throws -> DeviceManager.Settings {
        let models = ["a", "../b/.."].map { Model(name: $0, engine: "openvino", graphs: [:]) }
        let programs = EnginePrograms(launcher: "/launch", engines: [:])
        return try settings(text).manager(
            of: models,
            programs: programs,
            cache: "/cache",
            runtime: "/run"
        )
    }

    @Test func limitsAreThoseOfTheModelElseTheDefaultsElseTheDevice() throws {
        let text = """
            cpu: {memory: 1GiB}
            models:
              defaults: {files: 200, nice: 3}
              by_name:
                a: {memory: 64MiB, processes: true, readable: [/opt/a]}
            """
        let models = try manager(text).models
        var expected = EngineLimits(memory: 1 << 30)
        expected.files = 200
        expected.niceness = 3
        expected.writable = ["/cache/openvino/%2e%2e%2fb%2f%2e%2e"]
        #expect(models[1].limits == expected)
        expected.memory = 64 << 20
        expected.mayStartProcesses = true
        expected.readable = ["/opt/a"]
        expected.writable = ["/cache/openvino/a"]
        #expect(models[0].limits == expected)
        #expect(models[0].model.settings["cache_folder"] == "/cache/openvino/a")
    }

    @Test func turnsAndQueuesAreWhatTheFileSays() throws {
        let text = """
            cpu:
              engines: 2
              quantum: 1s
              lower_share: 0.2
              minimum_residency: 30s
            queues:
              per_model: 7
              per_key: 5
              ageing: {background: 10s}
              weights:
                - {key: "uid:1000", weight: 250}
            models:
              by_name:
                a: {maximum_held: 5s, preload: true, class: background}
            """
        let manager = try manager(text)
        let device = try #require(manager.devices.first)
        #expect(device.rule == .stopProcess(engines: 2))
        #expect(device.quantum == .seconds(1))
        #expect(device.lowerShare == 0.2)
        #expect(device.minimumResidency == .seconds(30))
        #expect(device.maximumOvertaking == .seconds(30), "never less than a residency")
        #expect(manager.limits.waitingPerModel == 7)
        #expect(manager.limits.waitingPerKey == 5)
        #expect(manager.limits.ageing == [.background: .seconds(10), .interactive: .seconds(60)])
        #expect(manager.limits.weights == ["uid:1000": 250])
        #expect(manager.models[0].description.maximumHeld == .seconds(5))
        #expect(manager.models.map(\.isPreloaded) == [true, false])
        #expect(manager.models.map(\.usualClass) == [.background, .interactive])
    }

    @Test(arguments: [
        "cpu: {quantum: 1ms}", "cpu: {lower_share: 1}", "queues: {per_model: 0}",
        "cpu: {minimum_residency: 30s, maximum_overtaking: 20s}",
        "queues: {weights: [{weight: 100}]}", "queues: {weights: [{key: a, weight: 0}]}",
        "queues: {ageing: {realtime: 1s}}", "models: {defaults: {class: urgent}}",
    ])
    func whatTurnsCannotBeIsRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try manager(text + "\n") }
    }

    @Test func protectionsArePreferredUnlessRequired() throws {
        #expect(try manager("").sandbox == .preferred)
        #expect(try manager("sandbox: required\n").sandbox == .required)
        #expect(throws: ConfigurationError.self) { try manager("sandbox: maybe\n") }
    }
}

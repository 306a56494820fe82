import Configuration
import DeviceManager
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

    @Test func protectionsArePreferredUnlessRequired() throws {
        #expect(try manager("").sandbox == .preferred)
        #expect(try manager("sandbox: required\n").sandbox == .required)
        #expect(throws: ConfigurationError.self) { try manager("sandbox: maybe\n") }
    }
}

import Configuration
import DeviceClient
import DeviceManager
import Logging
import POSIX

/// Where the device manager listens, for those who serve it and those who call it.
enum DeviceSocket {
    /// The path that `device.yaml` names, or the one in the runtime folder.
    static func path() throws -> String {
        let reader = try ConfigurationFile.locate(service: "device").reader()
        let settings = DeviceSettings(reader, cores: CurrentProcess.cores)
        try reader.finish()
        return try path(settings)
    }

    static func path(_ settings: DeviceSettings) throws -> String {
        if let socket = settings.socket { return socket }
        return "\(try Folders().runtime)/device.sock"
    }

    /// A client for one question from the command line.
    static func client() throws -> DeviceClient {
        DeviceClient(
            path: try path(),
            name: "baton",
            loop: try EventLoop(name: "baton"),
            logger: .standardError(label: "baton", minimum: .error)
        )
    }
}

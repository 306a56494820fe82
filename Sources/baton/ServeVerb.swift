import CommandLine
import Configuration
import DeviceClient
import Lifecycle
import Logging
import Metrics
import POSIX

/// `baton serve NAME…`: one or several services in one process.
enum ServeVerb {
    static let verb = Verb(
        "serve",
        "run services in the foreground",
        details: "Services: \(ServiceCatalogue.names.joined(separator: ", ")).",
        options: [
            Option(
                "config",
                placeholder: "FILE",
                "the service's configuration; with one service only"
            )
        ],
        positionals: [Positional("NAME", "the services", .rest)]
    ) { values in
        try await run(values.strings("NAME"), file: values.string("config"))
    }

    private static func run(_ names: [String], file: String?) async throws -> Int32 {
        guard !names.isEmpty, file == nil || names.count == 1 else {
            Terminal.writeError("baton serve: name a service; '--config' goes with one only\n")
            return Program.usageCode
        }
        ProcessLimits.raiseOpenFiles()
        let loop = try EventLoop(name: "baton")
        let socket = try DeviceSocket.path()
        let services = try names.map { name in
            let entry = try ServiceCatalogue.entry(name)
            let reader = try ConfigurationFile.locate(service: name, explicit: file).reader()
            let logger = Logger.standardError(label: name)
            let context = ServiceCatalogue.ServiceContext(
                device: DeviceClient(path: socket, name: name, loop: loop, logger: logger),
                loop: loop,
                metrics: Metrics(),
                logger: logger
            )
            let service = entry.make(reader, context)
            try reader.finish()
            return service
        }
        let group = ServiceGroup(services, surroundings: .system(loop: loop))
        try await group.run()
        return 0
    }
}

import CommandLine
import Configuration
import Lifecycle
import Logging
import POSIX

/// `baton up`: the device manager and every service in the foreground, one process each.
///
/// Children have process groups of their own, so that Ctrl-C reaches only this process, which ends
/// the services first and the manager last. Ctrl-Z is ignored: it would stop this process alone and
/// leave the children running. When this process is killed, the kernel kills the children.
enum UpVerb {
    static let verb = Verb(
        "up",
        "run the device manager and all services in the foreground",
        details: "Services: \(ServiceCatalogue.names.joined(separator: ", ")).",
        positionals: [Positional("NAME", "services; all by default", .rest)]
    ) { values in
        try await run(values.strings("NAME"))
    }

    private static func run(_ given: [String]) async throws -> Int32 {
        let names = given.isEmpty ? ServiceCatalogue.names : given
        for name in names { _ = try ServiceCatalogue.entry(name) }
        let loop = try EventLoop(name: "baton-up")
        let launcher = try Programs.path(of: "baton-launch")
        let logger = Logger.standardError(label: "up")
        let lines = [["device"]] + names.map { ["serve", $0] }
        let services = lines.map { arguments in
            ChildService(
                name: arguments.joined(separator: " "),
                command: ChildCommand(
                    path: launcher,
                    arguments: ["--parent", "\(CurrentProcess.id)", "--", Files.executable]
                        + arguments
                ),
                spawner: Spawner(loop: loop),
                logger: logger
            )
        }
        try await ServiceGroup(services, surroundings: .system(loop: loop)).run()
        logger.info("everything has ended")
        return 0
    }
}

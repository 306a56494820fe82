import CommandLine
import Configuration
import Glibc
import POSIX

/// `baton top`: devices, models and tickets on a screen that follows them.
enum TopVerb {
    static let verb = Verb(
        "top",
        "watch devices, models and tickets until q is pressed",
        options: [
            Option(
                "interval",
                .integer(100...60_000),
                placeholder: "MILLISECONDS",
                default: "1000",
                "time from one look to the next, 100 to 60000"
            )
        ]
    ) { values in
        let interval = values.integer("interval")
        try start([try DeviceSocket.path(), "\(interval ?? 1000)"])
    }

    /// Becomes `baton-top`.
    private static func start(_ arguments: [String]) throws -> Never {
        let path = try Programs.path(of: "baton-top")
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        Signals.unblockAll()
        execv(path, &words)
        throw SystemError.last("start '\(path)'")
    }
}

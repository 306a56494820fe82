import CommandLine
import Configuration
import DeviceClient
import DeviceProtocol
import POSIX

/// `baton lease DEVICE -- COMMAND`: runs a program that drives a device itself, in turns with engines.
enum LeaseVerb {
    static let verb = Verb(
        "lease",
        "run a program that drives a device itself, in turns with everybody else",
        details: """
            The program starts when the device is free for it and is stopped while others have \
            their turns. With --ask it gets SIGUSR1 instead and stops itself, with SIGSTOP, when \
            it has let go; it is stopped when it has not within the grace.
            Exit code: the program's, or 128 and its signal; 69 when there was no device for it, \
            75 when the lease was ended.
            """,
        options: [
            Option(
                "class",
                .choice(TicketClass.allCases.map(\.rawValue)),
                placeholder: "CLASS",
                default: TicketClass.interactive.rawValue,
                "who goes first"
            ),
            Option(
                "memory",
                .bytes,
                placeholder: "BYTES",
                default: "0",
                "what the program takes; models leave for it, or it is refused"
            ),
            .flag("ask", "ask with SIGUSR1 before stopping"),
            Option(
                "grace",
                .duration,
                placeholder: "TIME",
                default: "5s",
                "how long it may take to yield when asked, 100ms to 1m"
            ),
            Option("deadline", .duration, placeholder: "TIME", "how long to wait for the device"),
        ],
        positionals: [
            Positional("DEVICE", "the device, as 'baton status' names it"),
            Positional("COMMAND", "after '--': the program and its arguments", .rest),
        ]
    ) { values in
        try await run(values)
    }

    private static func run(_ values: Values) async throws -> Int32 {
        var wish = DeviceLease.Wish(device: values.required("DEVICE"))
        wish.ticketClass = values.string("class").flatMap(TicketClass.init) ?? .interactive
        wish.memory = values.bytes("memory") ?? 0
        wish.grace = values.duration("grace") ?? wish.grace
        wish.deadline = values.duration("deadline")
        let command = values.strings("COMMAND")
        guard let name = command.first else {
            return complain("name a program after '--'", Program.usageCode)
        }
        guard let path = Files.program(named: name) else {
            return complain("there is no program '\(name)'", 127)
        }
        let launch = ChildCommand(
            path: try Programs.path(of: "baton-launch"),
            // It must not go on when nobody is left to stop it.
            arguments: ["--parent", "\(CurrentProcess.id)", "--", path] + command.dropFirst()
        )
        let loop = try EventLoop(name: "baton-lease")
        let program = try LeasedProgram(
            launch,
            wish: wish,
            asksFirst: values.has("ask"),
            client: try DeviceSocket.client(),
            loop: loop
        )
        return await program.run()
    }

    private static func complain(_ text: String, _ code: Int32) -> Int32 {
        Terminal.writeError("baton lease: \(text)\n")
        return code
    }
}

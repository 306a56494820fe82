internal import CommandLine
internal import JSON

/// `stop MODEL`: takes a model out of memory.
enum StopVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "stop",
            "take a model out of memory",
            positionals: [
                Positional("MODEL", "the model's name", completion: VerbOptions.running)
            ]
        ) { values in
            let model = values.required("MODEL")
            do {
                try await caller.server().load(model, keepAlive: 0)
            } catch let error as ServerError where error.isNotFound {
                throw VerbError("couldn't find model \"\(model)\" to stop")
            }
            return 0
        }
    }
}

/// `preload MODEL…`: loads models before anybody asks them.
enum PreloadVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "preload",
            "load models before anybody asks them",
            options: [
                Option(
                    "keepalive",
                    placeholder: "DURATION",
                    "how long they stay without requests: 5m, -1 for ever; as the server says"
                        + " without it"
                )
            ],
            positionals: [
                Positional("MODEL", "the models' names", .rest, completion: VerbOptions.models)
            ]
        ) { values in
            let models = values.strings("MODEL")
            guard !models.isEmpty else { throw VerbError("name a model to load") }
            let keepAlive = try VerbOptions.keepAlive(values.string("keepalive"))
            let server = try caller.server()
            return try await Interrupts.code {
                for model in models { try await load(model, keepAlive, server) }
            }
        }
    }

    private static func load(
        _ model: String,
        _ keepAlive: JSONValue?,
        _ server: ModelServer
    ) async throws {
        let display = ProgressDisplay()
        display.begin("loading \(model)")
        // Whatever happens next is said on a line of its own.
        defer { display.end(isCleared: true) }
        try await server.preload(model, keepAlive: keepAlive)
        display.end(isCleared: true)
        Terminal.write("loaded '\(model)'\n")
    }
}

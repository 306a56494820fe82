internal import CommandLine
internal import JSON

/// `pull MODEL`: brings a model from a registry into the store.
enum PullVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "pull",
            "bring a model from a registry into the store",
            details: "What was interrupted goes on where it was.",
            options: [VerbOptions.insecure],
            positionals: [
                Positional("MODEL", "the model's name", completion: VerbOptions.models)
            ]
        ) { values in
            let (model, server) = (values.required("MODEL"), try caller.server())
            let isInsecure = values.has("insecure")
            return try await Interrupts.code {
                try await pull(model, isInsecure: isInsecure, from: server)
            }
        }
    }

    /// Pulls a model and shows how far it is.
    static func pull(
        _ model: String,
        isInsecure: Bool,
        from server: ModelServer
    ) async throws {
        try await Transfers.run("/api/pull", model, isInsecure: isInsecure, on: server)
    }
}

/// `push MODEL`: takes a model of the store to a registry.
enum PushVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "push",
            "take a model of the store to a registry",
            options: [VerbOptions.insecure],
            positionals: [VerbOptions.model]
        ) { values in
            let (model, server) = (values.required("MODEL"), try caller.server())
            let isInsecure = values.has("insecure")
            return try await Interrupts.code {
                try await Transfers.run("/api/push", model, isInsecure: isInsecure, on: server)
            }
        }
    }
}

/// What both have in common.
private enum Transfers {
    static func run(
        _ path: String,
        _ model: String,
        isInsecure: Bool,
        on server: ModelServer
    ) async throws {
        let display = ProgressDisplay()
        defer { display.end() }
        let body: JSONValue = ["model": .string(model), "insecure": .bool(isInsecure)]
        try await server.stream(path, body) { display.take($0) }
    }
}

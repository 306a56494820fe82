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
            try await pull(
                values.required("MODEL"),
                isInsecure: values.has("insecure"),
                from: caller.server()
            )
            return 0
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
            let model = values.required("MODEL")
            try await Transfers.run(
                "/api/push",
                model,
                isInsecure: values.has("insecure"),
                on: caller.server()
            )
            return 0
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

internal import CommandLine
internal import JSON

/// `rm MODEL…`: takes models out of the store, and out of memory first.
enum RemoveVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "rm",
            "remove models from the store",
            details: "A model that is in memory is taken out of it first.",
            positionals: [
                Positional("MODEL", "the models' names", .rest, completion: VerbOptions.models)
            ]
        ) { values in
            let models = values.strings("MODEL")
            guard !models.isEmpty else { throw VerbError("name a model to remove") }
            let server = try caller.server()
            for model in models {
                do {
                    try await server.load(model, keepAlive: 0)
                } catch let error as ServerError where error.code != .unreachable {
                    // What cannot be loaded can still be removed; removing says what is wrong.
                }
                let body: JSONValue = ["model": .string(model)]
                _ = try await server.ask("DELETE", "/api/delete", body)
                Terminal.write("deleted '\(model)'\n")
            }
            return 0
        }
    }
}

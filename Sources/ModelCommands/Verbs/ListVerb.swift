internal import CommandLine
internal import JSON

/// `list [PREFIX]`: the models that the server has.
enum ListVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "list",
            aliases: ["ls"],
            "list the models of the store",
            options: [VerbOptions.format, VerbOptions.quiet],
            positionals: [
                Positional(
                    "PREFIX",
                    "the start of the names",
                    .optional,
                    completion: VerbOptions.models
                )
            ]
        ) { values in
            let prefix = values.string("PREFIX") ?? ""
            let models = try await caller.server().models("/api/tags", prefix: prefix)
            ModelLists.write(models, values, ModelTables.list)
            return 0
        }
    }
}

/// `ps [PREFIX]`: the models that are in memory.
enum RunningVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "ps",
            "list the models that are in memory",
            options: [VerbOptions.format, VerbOptions.quiet],
            positionals: [
                Positional(
                    "PREFIX",
                    "the start of the names",
                    .optional,
                    completion: VerbOptions.running
                )
            ]
        ) { values in
            let prefix = values.string("PREFIX") ?? ""
            let models = try await caller.server().models("/api/ps", prefix: prefix)
            ModelLists.write(models, values, ModelTables.running)
            return 0
        }
    }
}

/// How both are printed.
private enum ModelLists {
    static func write(
        _ models: [JSONValue],
        _ values: Values,
        _ table: ([JSONValue], Int, Terminal) -> String
    ) {
        if values.has("quiet") {
            let names = models.compactMap { $0["name"]?.stringValue }
            Terminal.write(names.map { $0 + "\n" }.joined())
        } else if VerbOptions.isJSON(values) {
            Terminal.write(JSONValue.object(["models": .array(models)]).indented + "\n")
        } else {
            Terminal.write(table(models, Caller.now, .output))
        }
    }
}

internal import CommandLine
internal import JSON

/// `cp SOURCE DESTINATION`: another name for a model.
enum CopyVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "cp",
            "give a model another name beside its own",
            positionals: [
                Positional("SOURCE", "the model's name", completion: VerbOptions.models),
                Positional("DESTINATION", "the other name", completion: VerbOptions.models),
            ]
        ) { values in
            let (source, destination) = (values.required("SOURCE"), values.required("DESTINATION"))
            let body: JSONValue = [
                "source": .string(source), "destination": .string(destination),
            ]
            _ = try await caller.server().ask("POST", "/api/copy", body)
            Terminal.write("copied '\(source)' to '\(destination)'\n")
            return 0
        }
    }
}

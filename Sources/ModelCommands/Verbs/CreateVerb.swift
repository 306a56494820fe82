internal import CommandLine
internal import JSON
internal import Modelfile
internal import POSIX

/// `create MODEL`: makes a model of a Modelfile and the files that it names.
enum CreateVerb {
    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "create",
            "make a model of a Modelfile",
            details: """
                Paths in the Modelfile begin at its own folder. Files go to the server unless it has \
                them. Those of a server on this machine are used in place where that can be done: \
                when this user may write its store, and both are on one file system.
                """,
            options: [
                Option(
                    "file",
                    short: "f",
                    placeholder: "FILE",
                    default: "Modelfile",
                    completion: .files,
                    "the Modelfile; - for the standard input"
                ),
                Option(
                    "quantize",
                    short: "q",
                    placeholder: "TYPE",
                    "store the weights with fewer bits, such as q4_K_M"
                ),
                .flag("copy", "send copies of files that could be used in place"),
            ],
            positionals: [Positional("MODEL", "what the model is called")]
        ) { values in
            let file = values.string("file") ?? "Modelfile"
            let (model, server) = (values.required("MODEL"), try caller.server())
            let quantization = values.string("quantize")
            let place = values.has("copy") ? .elsewhere : caller.place(for: server)
            return try await Interrupts.code {
                try await create(model, file, quantization: quantization, on: server, place)
            }
        }
    }

    private static func create(
        _ name: String,
        _ file: String,
        quantization: String?,
        on server: ModelServer,
        _ place: FileDelivery.Place
    ) async throws {
        let recipe = try recipe(file)
        for name in recipe.ignored {
            Terminal.writeError("the parameter '\(name)' has no effect any more\n")
        }
        let slash = file.lastIndex(of: "/")
        let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        let sources = try ModelSources(recipe, folder: folder, home: Environment.value("HOME"))
        let display = ProgressDisplay()
        defer { display.end() }
        var delivery = FileDelivery(to: server, place, display)
        // What was put in place for a model that was not made, or does without it, goes again.
        defer { delivery.end() }
        var digests: [String: String] = [:]
        for path in sources.all { digests[path] = try await delivery.deliver(path) }
        let body = try CreateBody.json(
            name,
            recipe,
            sources,
            digests: digests,
            quantization: quantization
        )
        try await server.stream("/api/create", body) { display.take($0) }
    }

    private static func recipe(_ file: String) throws -> ModelRecipe {
        let bytes: [UInt8]
        do {
            bytes = try file == "-" ? Files.readInput() : Files.read(file)
        } catch {
            throw VerbError("there is no Modelfile to read: \(error); name it with '--file'")
        }
        do {
            return try ModelRecipe(Modelfile(parsing: bytes))
        } catch {
            throw VerbError("'\(file)': \(error)")
        }
    }
}

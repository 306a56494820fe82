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
                them.
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
            ],
            positionals: [Positional("MODEL", "what the model is called")]
        ) { values in
            let file = values.string("file") ?? "Modelfile"
            let (model, server) = (values.required("MODEL"), try caller.server())
            let quantization = values.string("quantize")
            return try await Interrupts.code {
                try await create(model, file, quantization: quantization, on: server)
            }
        }
    }

    private static func create(
        _ name: String,
        _ file: String,
        quantization: String?,
        on server: ModelServer
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
        var digests: [String: String] = [:]
        for path in sources.all {
            digests[path] = try await send(path, to: server, display)
        }
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

    /// Sends a file unless the server has it; returns its digest.
    private static func send(
        _ path: String,
        to server: ModelServer,
        _ display: ProgressDisplay
    ) async throws -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let size = Files.size(path) ?? 0
        let (digest, bytes) = try FileDigest.of(path) { done in
            display.transfer(
                "read \(path)",
                label: "reading \(name):",
                completed: done,
                total: size
            )
        }
        guard try await !server.hasBlob(digest) else {
            display.begin("using existing layer \(digest)")
            return digest
        }
        let label = "copying \(name):"
        try await server.sendBlob(digest, from: path, bytes: bytes) { sent in
            display.transfer("send \(path)", label: label, completed: sent, total: bytes)
        }
        return digest
    }
}

import CommandLine
import DeviceClient
import JSON
import ModelCommands
import ModelStore

/// `baton pin MODEL…` and `baton unpin MODEL…`: models that stay in memory, or not any more.
///
/// The device manager knows a language model by its name and how it is started, which only the
/// language service knows: the model is loaded first, and what the manager then has of it is pinned.
enum PinVerb {
    static let pin = verb(
        "pin",
        "load models and keep them in memory",
        details: """
            A pinned model is neither evicted for others nor let go after its time. The pin \
            survives the device manager; after its end the first request loads the model again, \
            and from then on it stays.
            """,
        isPinned: true
    )

    static let unpin = verb(
        "unpin",
        "let pinned models go again when nobody asks for them",
        details: "",
        isPinned: false
    )

    private static func verb(
        _ name: String,
        _ summary: String,
        details: String,
        isPinned: Bool
    ) -> Verb {
        Verb(
            name,
            summary,
            details: details,
            positionals: [
                Positional(
                    "MODEL",
                    "the models' names",
                    .rest,
                    completion: .output(of: isPinned ? "list --quiet" : "ps --quiet")
                )
            ]
        ) { values in
            let models = values.strings("MODEL")
            guard !models.isEmpty else {
                Terminal.writeError("baton \(name): name a model\n")
                return Program.usageCode
            }
            let client = try DeviceSocket.client()
            for model in models { try await change(model, isPinned, client) }
            return 0
        }
    }

    private static func change(
        _ model: String,
        _ isPinned: Bool,
        _ client: DeviceClient
    ) async throws {
        let caller = BatonProgram.caller(.baton)
        // Also when it is to go: the server's usual time counts again from now on.
        try await ModelVerbs.load(model, stays: isPinned, caller)
        let names = try await residencies(of: model, client)
        guard !names.isEmpty else {
            throw PinProblem(
                "'\(model)' is loaded, but the device manager of this machine has it under another"
                    + " name or not at all; 'baton status' shows what it has"
            )
        }
        for name in names {
            let isStored = try await client.pin(name, isPinned)
            let hint = isStored ? "" : ", until the device manager ends: it could not be written"
            Terminal.write("\(isPinned ? "pinned" : "unpinned") '\(name)'\(hint)\n")
        }
    }

    /// The names of the ways in which a model is in memory.
    private static func residencies(
        of model: String,
        _ client: DeviceClient
    ) async throws -> [String] {
        let short = (ModelName(model)?.short ?? model).lowercased()
        let known = try await client.status()["models"]?.arrayValue ?? []
        return known.compactMap { entry in
            guard let name = entry["name"]?.stringValue, entry["state"]?.stringValue == "ready",
                let mark = name.lastIndex(of: "@"), name[..<mark].lowercased() == short
            else { return nil }
            return name
        }
    }

    private struct PinProblem: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}

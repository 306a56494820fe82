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
            for model in models {
                try await isPinned ? keep(model, client) : letGo(model, client)
            }
            return 0
        }
    }

    private static func keep(_ model: String, _ client: DeviceClient) async throws {
        try await ModelVerbs.load(model, stays: true, BatonProgram.caller(.baton))
        let loaded = try await residencies(of: model, client).filter(\.isReady)
        guard !loaded.isEmpty else {
            throw PinProblem(
                "'\(model)' is loaded, but the device manager of this machine has it under another"
                    + " name or not at all; 'baton status' shows what it has"
            )
        }
        for residency in loaded {
            let isStored = try await client.pin(residency.name, true)
            let hint = isStored ? "" : ", until the device manager ends: it could not be written"
            Terminal.write("pinned '\(residency.name)'\(hint)\n")
        }
    }

    private static func letGo(_ model: String, _ client: DeviceClient) async throws {
        let pinned = try await residencies(of: model, client).filter(\.isPinned)
        guard !pinned.isEmpty else {
            throw PinProblem("'\(model)' is not pinned; 'baton status' shows what is")
        }
        for residency in pinned {
            _ = try await client.pin(residency.name, false)
            Terminal.write("unpinned '\(residency.name)'\n")
        }
        guard pinned.contains(where: \.isReady) else { return }
        // The server's usual time counts again from now on.
        try await ModelVerbs.load(model, stays: false, BatonProgram.caller(.baton))
    }

    /// One way in which a model is known to the device manager.
    private struct Residency {
        let name: String
        let isReady: Bool
        let isPinned: Bool
    }

    private static func residencies(
        of model: String,
        _ client: DeviceClient
    ) async throws -> [Residency] {
        let short = (ModelName(model)?.short ?? model).lowercased()
        let known = try await client.status()["models"]?.arrayValue ?? []
        return known.compactMap { entry in
            guard let name = entry["name"]?.stringValue, let mark = name.lastIndex(of: "@"),
                name[..<mark].lowercased() == short
            else { return nil }
            return Residency(
                name: name,
                isReady: entry["state"]?.stringValue == "ready",
                isPinned: entry["pinned"] == true
            )
        }
    }

    private struct PinProblem: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}

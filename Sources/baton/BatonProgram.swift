import CommandLine
import Configuration
import ModelCommands
import POSIX

/// The table of everything that the command line does.
enum BatonProgram {
    /// Under Baton's own name.
    static let baton: Program = Program(
        "baton",
        "shares one machine's accelerator between AI services",
        version: Version.text,
        verbs: ModelVerbs.shared(caller(.baton)) + [
            ModelVerbs.preload(caller(.baton)), PinVerb.pin, PinVerb.unpin, CollectVerb.verb,
            VerifyStoreVerb.verb, UpVerb.verb, ServeVerb.verb, DeviceVerb.verb, StatusVerb.verb,
            TopVerb.verb, LeaseVerb.verb, DoctorVerb.verb, ConfigVerb.verb, SimulateVerb.verb,
            CompletionsVerb.verb, ManualVerb.verb, VersionVerb.verb,
        ]
    )

    /// Started under the name `ollama`: the verbs and words of that command.
    static let ollama: Program = Program(
        "ollama",
        "runs language models; this is Baton",
        version: Version.text,
        complaint: "Error",
        verbs: ModelVerbs.ollamasOwn(caller(.ollama), version: Version.text)
            + ModelVerbs.shared(caller(.ollama))
    )

    /// What the verbs of models are given.
    static func caller(_ name: Caller.Name) -> Caller {
        Caller(
            name,
            history: {
                // Without a folder of one's own there is nowhere to keep lines.
                guard let folders = try? Folders() else { return nil }
                return (try? folders.make()).map { "\(folders.state)/history" }
            },
            store: { try StoreDoor.open() },
            transport: { try WebTransport($0, key: Environment.value("BATON_API_KEY")) }
        )
    }
}

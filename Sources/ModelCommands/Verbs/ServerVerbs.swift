internal import CommandLine
internal import JSON

/// `serve` under Ollama's name, which Baton does not do there.
enum RefusedServeVerb {
    static func verb() -> Verb {
        Verb("serve", aliases: ["start"], "say how the server is started") { _ in
            throw VerbError(
                "Baton serves the models: start it with 'baton up', or its unit with"
                    + " 'systemctl start baton-language'"
            )
        }
    }
}

/// `version` under Ollama's name: the server's, and this program's where it is another.
enum ServerVersionVerb {
    static func verb(_ caller: Caller, version: String) -> Verb {
        Verb("version", "print the server's version") { _ in
            do {
                let answer = try await caller.server().ask("GET", "/api/version")
                Terminal.write("ollama version is \(answer["version"]?.stringValue ?? "unknown")\n")
                Terminal.write("this is the command line of Baton \(version)\n")
            } catch let error as ServerError {
                Terminal.write("Warning: could not connect to a running Ollama instance\n")
                Terminal.write("Warning: client version is Baton \(version)\n")
                Terminal.writeError("\(error)\n")
            }
            return 0
        }
    }
}

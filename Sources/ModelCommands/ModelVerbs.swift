package import CommandLine
internal import JSON

/// The verbs that ask a server of language models.
package enum ModelVerbs {
    /// Verbs that Ctrl-C ends in order, for which signals must be blocked at the program's start.
    package static let interruptible: Set = ["create", "preload", "pull", "push", "run"]

    /// Those that Baton and Ollama both have.
    ///
    /// - Parameter caller: Under which name they are called.
    package static func shared(_ caller: Caller) -> [Verb] {
        [
            RunVerb.verb(caller), PullVerb.verb(caller), PushVerb.verb(caller),
            CreateVerb.verb(caller), ListVerb.verb(caller), RunningVerb.verb(caller),
            ShowVerb.verb(caller), CopyVerb.verb(caller), RemoveVerb.verb(caller),
            StopVerb.verb(caller),
        ]
    }

    /// Loads models before anybody asks them.
    ///
    /// - Parameter caller: Under which name it is called.
    package static func preload(_ caller: Caller) -> Verb { PreloadVerb.verb(caller) }

    /// Those that Ollama alone has.
    ///
    /// - Parameters:
    ///   - caller: Under which name they are called.
    ///   - version: The version of Baton.
    package static func ollamasOwn(_ caller: Caller, version: String) -> [Verb] {
        [RefusedServeVerb.verb(), ServerVersionVerb.verb(caller, version: version)]
    }

    /// Loads a model that stays, for `baton pin`.
    ///
    /// - Parameters:
    ///   - model: The model's name.
    ///   - stays: Whether it stays without requests, or as long as the server says.
    ///   - caller: Under which name it is called.
    /// - Throws: `ServerError`, `CancellationError`.
    package static func load(_ model: String, stays: Bool, _ caller: Caller) async throws {
        try await caller.server().preload(model, keepAlive: stays ? -1 : nil)
    }
}

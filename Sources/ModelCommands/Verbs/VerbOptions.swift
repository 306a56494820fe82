internal import CommandLine
internal import JSON
internal import Text

/// Options and arguments that several verbs have.
enum VerbOptions {
    /// The name of a model that the server has.
    static let model = Positional("MODEL", "the model's name", completion: models)

    /// The names of models that the server has.
    static let models = Completion.output(of: "list --quiet")

    /// The names of models that the server holds in memory.
    static let running = Completion.output(of: "ps --quiet")

    /// How a list is printed.
    static let format = Option(
        "format",
        .choice(["table", "json"]),
        placeholder: "FORMAT",
        default: "table",
        "how it is printed"
    )

    /// Names alone.
    static let quiet = Option.flag("quiet", short: "q", "print names alone, a line each")

    /// Registries without TLS.
    static let insecure = Option.flag("insecure", "speak to the registry without encryption")

    /// Asks for JSON instead of what people read.
    static func isJSON(_ values: Values) -> Bool { values.string("format") == "json" }

    /// How long a model stays, as the API takes it: a number of seconds or a duration.
    ///
    /// - Throws: `ServerError` when it is neither.
    static func keepAlive(_ text: String?) throws -> JSONValue? {
        guard let text else { return nil }
        if let seconds = Int(text) { return JSONValue(seconds) }
        guard DurationText.parse(text) != nil else {
            throw VerbError(
                "'--keepalive' must be a duration such as 5m or 1h30m, 0, or -1 for ever"
            )
        }
        return .string(text)
    }
}

/// A command that cannot be done as it was given: what is wrong, as people read it.
struct VerbError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

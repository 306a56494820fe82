internal import JSON

/// What one reading of a configuration found, shared by the readers of all its sections.
///
/// Only ever used by the thread that reads; nothing here is `Sendable`.
final class ConfigurationRecord {
    /// One step on the way to a value.
    enum Step: Hashable {
        case key(String)
        case index(Int)
    }

    /// One key that the program asked for.
    struct Entry {
        let path: [Step]
        /// The effective value; nil when the key is optional and absent.
        let value: JSONValue?
        /// Where the value came from; nil for the default.
        let source: String?
        /// The one-line description.
        let about: String
        /// What is accepted, for people: "1 to 65535".
        let accepted: String?
    }

    /// The file's name, for messages; empty when there is none.
    let file: String
    /// Everything asked for, in the order of asking.
    var entries: [Entry] = []
    /// Everything wrong, in the order of finding.
    var problems: [(line: Int, problem: ConfigurationProblem)] = []
    /// Values that go before the file's, by full key, until somebody asks for them.
    var overrides: [String: ConfigurationOverride]

    init(file: String, overrides: [ConfigurationOverride]) {
        self.file = file
        self.overrides = Dictionary(overrides.map { ($0.key, $0) }) { _, last in last }
    }

    /// Notes a problem in the file.
    func report(line: Int, key: String, _ message: String) {
        let source = line > 0 ? "\(file):\(line)" : file
        report(line: line, source: source, key: key, message)
    }

    /// Notes a problem of any source.
    func report(line: Int, source: String, key: String, _ message: String) {
        let problem = ConfigurationProblem(source: source, key: key, message: message)
        problems.append((line, problem))
    }

    /// Notes a key that was asked for.
    func add(
        _ path: [Step],
        _ value: JSONValue?,
        source: String?,
        about: String,
        accepted: String? = nil
    ) {
        entries.append(
            Entry(path: path, value: value, source: source, about: about, accepted: accepted)
        )
    }
}

/// A value that goes before the file's: from a variable or a command-line option.
package struct ConfigurationOverride: Sendable {
    /// The full key ("server.port").
    package let key: String
    /// The value as it would stand in the file, without quotes.
    package let value: String
    /// Who says so, for messages: "OLLAMA_HOST", "--port".
    package let source: String

    /// Describes an override.
    ///
    /// - Parameters:
    ///   - key: The full key.
    ///   - value: The value as it would stand in the file.
    ///   - source: Who says so.
    package init(key: String, value: String, source: String) {
        self.key = key
        self.value = value
        self.source = source
    }
}

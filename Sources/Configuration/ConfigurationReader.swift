internal import JSON
internal import Text

/// Reads a configuration key by key and remembers everything that is wrong with it.
///
/// DESIGN. Each key is asked for exactly once, with its type, default, limits and a description.
/// Reading never fails in the middle: a wrong value is noted and the default is returned, so that
/// `finish` can report every problem at once, unknown keys included. Because every key is declared
/// by reading it, the effective configuration and its documentation need no second list of keys.
///
/// Used by one thread while a program starts. Asking for a key twice is a programmer's error.
package final class ConfigurationReader {
    let record: ConfigurationRecord
    let path: [ConfigurationRecord.Step]
    private var unread: [String: ConfigurationNode.Entry] = [:]
    private var known: [String] = []
    private var sections: [ConfigurationReader] = []

    /// Reads a file; syntax errors count as problems and are thrown by `finish`.
    ///
    /// - Parameters:
    ///   - bytes: The text: YAML, or JSON, which is a subset of it.
    ///   - name: The file's name, for messages.
    ///   - overrides: Values that go before the file's.
    package convenience init(
        parsing bytes: [UInt8],
        name: String,
        overrides: [ConfigurationOverride] = []
    ) {
        let record = ConfigurationRecord(file: name, overrides: overrides)
        var root: ConfigurationNode?
        do {
            let document = try YAMLDocument(bytes)
            root = document.root
            for (line, key, message) in document.problems {
                record.report(line: line, key: key, message)
            }
        } catch {
            record.report(line: error.line, key: "", error.reason)
        }
        self.init(record, [], root)
    }

    init(
        _ record: ConfigurationRecord,
        _ path: [ConfigurationRecord.Step],
        _ node: ConfigurationNode?
    ) {
        self.record = record
        self.path = path
        guard let node, !node.isNull else { return }
        guard case .map(let entries) = node.content else {
            record.report(
                line: node.line,
                key: Self.text(path),
                "must be a section of keys, not \(node.kind)"
            )
            return
        }
        for entry in entries { unread[entry.key] = entry }
    }

    /// Ends the reading.
    ///
    /// - Throws: `ConfigurationError` with every problem, in the order of the file.
    package func finish() throws(ConfigurationError) {
        reportUnknown()
        for override in record.overrides.values.sorted(by: { $0.key < $1.key }) {
            record.report(line: 0, source: override.source, key: override.key, "unknown key")
        }
        guard !record.problems.isEmpty else { return }
        let sorted = record.problems.enumerated().sorted {
            ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
        }
        throw ConfigurationError(sorted.map(\.element.problem))
    }

    // MARK: Sections

    /// The reader of a section; all its keys have their defaults when it is absent.
    ///
    /// - Parameters:
    ///   - key: The section's key.
    ///   - about: One line about it.
    package func section(_ key: String, about: String) -> ConfigurationReader {
        let found = take(key)
        record.add(path + [.key(key)], [:], source: nil, about: about)
        return child([.key(key)], found?.node)
    }

    /// The readers of a section whose keys are names that the user chooses.
    ///
    /// - Parameters:
    ///   - key: The section's key.
    ///   - about: One line about it.
    /// - Returns: Names and readers, in the order of the file.
    package func sections(
        _ key: String,
        about: String
    ) -> [(name: String, section: ConfigurationReader)] {
        guard let entries = map(key, about: about) else { return [] }
        return entries.map { entry in
            let step = ConfigurationRecord.Step.key(key)
            record.add(path + [step, .key(entry.key)], [:], source: source(entry.line), about: "")
            return (entry.key, child([step, .key(entry.key)], entry.value))
        }
    }

    /// The readers of a list of sections.
    ///
    /// - Parameters:
    ///   - key: The list's key.
    ///   - about: One line about it.
    /// - Returns: Readers in the order of the file.
    package func items(_ key: String, about: String) -> [ConfigurationReader] {
        let found = take(key)
        record.add(path + [.key(key)], [], source: found?.source, about: about)
        guard let found else { return [] }
        guard case .list(let items) = found.node.content else {
            report(found, key, "must be a list, not \(found.node.kind)")
            return []
        }
        return items.enumerated().map { index, item in
            let place = ConfigurationRecord.Step.index(index)
            record.add(path + [.key(key), place], [:], source: source(item.line), about: "")
            return child([.key(key), place], item)
        }
    }

    private func child(
        _ steps: [ConfigurationRecord.Step],
        _ node: ConfigurationNode?
    ) -> ConfigurationReader {
        let reader = ConfigurationReader(record, path + steps, node)
        sections.append(reader)
        return reader
    }

    // MARK: What the typed readers use

    /// A value that was found.
    struct Found {
        let node: ConfigurationNode
        let source: String
        let line: Int
    }

    /// Takes a key's value out; nil when it is absent or stands for nothing.
    func take(_ key: String) -> Found? {
        precondition(!known.contains(key), "'\(place(key))' is read twice")
        known.append(key)
        let entry = unread.removeValue(forKey: key)
        if let override = record.overrides.removeValue(forKey: place(key)) {
            let content = ConfigurationNode.Content.scalar(override.value, isPlain: true)
            let node = ConfigurationNode(line: 0, content: content)
            return Found(node: node, source: override.source, line: 0)
        }
        guard let entry, !entry.value.isNull else { return nil }
        return Found(node: entry.value, source: source(entry.line), line: entry.line)
    }

    /// Takes a section whose keys are the user's own.
    func map(_ key: String, about: String) -> [ConfigurationNode.Entry]? {
        let found = take(key)
        record.add(path + [.key(key)], [:], source: found?.source, about: about)
        guard let found else { return nil }
        guard case .map(let entries) = found.node.content else {
            report(found, key, "must be a section of keys, not \(found.node.kind)")
            return nil
        }
        return entries
    }

    /// Notes a problem with a value.
    func report(_ found: Found, _ key: String, _ message: String) {
        record.report(line: found.line, source: found.source, key: place(key), message)
    }

    /// The full key of one of this section's keys.
    func place(_ key: String) -> String {
        Self.text(path + [.key(key)])
    }

    func source(_ line: Int) -> String { "\(record.file):\(line)" }

    private func reportUnknown() {
        for entry in unread.values.sorted(by: { $0.line < $1.line }) {
            let close = Suggestion.closest(to: entry.key, among: known)
            let hint = close.map { " (did you mean '\($0)'?)" } ?? ""
            record.report(line: entry.line, key: place(entry.key), "unknown key" + hint)
        }
        for section in sections { section.reportUnknown() }
    }

    private static func text(_ path: [ConfigurationRecord.Step]) -> String {
        var text = ""
        for step in path {
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}

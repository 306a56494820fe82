package import JSON

extension ConfigurationReader {
    /// A text that is always there.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - about: One line about it.
    package func string(_ key: String, default: String, about: String) -> String {
        value(key, `default`, about, nil, { .string($0) }, Self.text)
    }

    /// A text of a form that is checked.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - form: What it must be, as messages say it: "a duration".
    ///   - about: One line about it.
    ///   - isValid: Whether a text is of that form.
    package func string(
        _ key: String,
        default: String,
        form: String,
        about: String,
        where isValid: (String) -> Bool
    ) -> String {
        value(key, `default`, about, form, { .string($0) }) { node throws(Wrong) in
            let text = try Self.text(node)
            guard isValid(text) else { throw Wrong("must be \(form), not '\(text)'") }
            return text
        }
    }

    /// A text that may be absent.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - about: One line about it.
    package func string(_ key: String, default: String?, about: String) -> String? {
        value(key, `default`, about, nil, { $0.map { .string($0) } }) { node throws(Wrong) in
            try Self.text(node)
        }
    }

    /// A text without which the program cannot work.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - about: One line about it.
    /// - Returns: The text; empty when it is missing, which `finish` reports.
    package func requiredString(_ key: String, about: String) -> String {
        let text = string(key, default: nil, about: about)
        if let text, !text.isEmpty { return text }
        record.report(line: 0, source: record.file, key: place(key), "is missing: \(about)")
        return ""
    }

    /// A list of texts.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - choices: The texts that are accepted; nil accepts all.
    ///   - about: One line about it.
    package func strings(
        _ key: String,
        default: [String] = [],
        of choices: [String]? = nil,
        about: String
    ) -> [String] {
        let encode = { (texts: [String]) in JSONValue.array(texts.map { .string($0) }) }
        let accepted = choices.map { "any of " + $0.joined(separator: ", ") }
        return value(key, `default`, about, accepted, encode) { node throws(Wrong) in
            guard case .list(let items) = node.content else {
                throw Wrong("must be a list of texts, not \(node.kind)")
            }
            var texts: [String] = []
            for item in items {
                let text = try Self.text(item)
                guard choices?.contains(text) != false else {
                    throw Wrong("must be \(accepted ?? ""), not '\(text)'")
                }
                texts.append(text)
            }
            return texts
        }
    }

    /// Texts under names that the user chooses.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - about: One line about it.
    /// - Returns: Names and texts, in the order of the file.
    package func map(_ key: String, about: String) -> [(name: String, value: String)] {
        let encode = { (texts: [(name: String, value: String)]) in
            JSONValue.object(JSONObject(texts.map { ($0.name, .string($0.value)) }))
        }
        return value(key, [], about, nil, encode) { node throws(Wrong) in
            guard case .map(let entries) = node.content else {
                throw Wrong("must be a section of names and texts, not \(node.kind)")
            }
            var texts: [(name: String, value: String)] = []
            for entry in entries { texts.append((entry.key, try Self.text(entry.value))) }
            return texts
        }
    }

    /// One of several words.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - choices: The words.
    ///   - about: One line about it.
    package func choice(
        _ key: String,
        default: String,
        of choices: [String],
        about: String
    ) -> String {
        let accepted = choices.joined(separator: ", ")
        return value(key, `default`, about, accepted, { .string($0) }) { node throws(Wrong) in
            // A choice such as "on" or "8" needs no quotes: it cannot be mistaken.
            guard let word = node.text, choices.contains(word) else {
                throw Wrong("must be one of \(accepted), not \(node.kind)")
            }
            return word
        }
    }

    /// One of the cases of a type.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - about: One line about it.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default: Choice,
        about: String
    ) -> Choice {
        let words = Choice.allCases.map(\.rawValue)
        let word = choice(key, default: `default`.rawValue, of: words, about: about)
        return Choice(rawValue: word) ?? `default`
    }

    /// Reports what is wrong with keys together, which no reader of one key can see.
    ///
    /// - Parameters:
    ///   - key: The key that the message names.
    ///   - reason: What is wrong.
    package func refuse(_ key: String, _ reason: String) {
        record.report(line: 0, source: record.file, key: place(key), reason)
    }

    /// A key of the reference that is accepted only with the value that changes nothing.
    ///
    /// It takes no part in what is rendered.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - harmless: The value that changes nothing.
    ///   - reason: Why no other is accepted.
    package func unsupported(_ key: String, unless harmless: JSONValue, _ reason: String) {
        guard let found = take(key), !Self.means(found.node, harmless) else { return }
        report(found, key, "is not supported: \(reason)")
    }

    // MARK: Internals

    private static func text(_ node: ConfigurationNode) throws(Wrong) -> String {
        guard let text = node.text, !node.isNull else {
            throw Wrong("must be a text, not \(node.kind)")
        }
        guard node.plain == nil || !Scalars.looksTyped(text) else {
            throw Wrong("must be a text; put \(node.kind) in quotes")
        }
        return text
    }

    private static func means(_ node: ConfigurationNode, _ value: JSONValue) -> Bool {
        switch (node.content, value) {
        case (.scalar(let text, isPlain: true), .bool(let truth)): Scalars.bool(text) == truth
        case (.scalar(let text, isPlain: true), .integer),
            (.scalar(let text, isPlain: true), .number):
            Scalars.double(text) == value.doubleValue
        case (.scalar(let text, _), .string(let word)): text == word
        case (.list(let items), .array(let values)):
            items.count == values.count && zip(items, values).allSatisfy(means)
        case (.map(let entries), .object(let object)): entries.isEmpty && object.members.isEmpty
        default: false
        }
    }
}

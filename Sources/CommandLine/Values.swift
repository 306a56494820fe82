internal import Text

/// What somebody typed, checked against a verb's declaration.
///
/// Asking for a name that the verb does not declare, or as another kind, is a programmer's error.
package struct Values: Sendable {
    private let options: [String: Option]
    private let names: Set<String>
    var given: [String: [String]] = [:]

    init(_ verb: Verb) {
        options = Dictionary(verb.options.map { ($0.name, $0) }) { _, last in last }
        names = Set(verb.positionals.map(\.name))
    }

    /// Whether a flag, an option or a positional was given.
    ///
    /// - Parameter name: Its name.
    package func has(_ name: String) -> Bool {
        check(name)
        return given[name] != nil
    }

    /// The text of an option or positional; its default when absent, nil when it has none.
    ///
    /// - Parameter name: Its name.
    package func string(_ name: String) -> String? {
        check(name)
        return given[name]?.last ?? options[name]?.fallback
    }

    /// The text of a required positional.
    ///
    /// - Parameter name: Its name.
    package func required(_ name: String) -> String {
        guard let text = string(name) else { preconditionFailure("'\(name)' is not required") }
        return text
    }

    /// All texts of a repeatable option or of the rest.
    ///
    /// - Parameter name: Its name.
    package func strings(_ name: String) -> [String] {
        check(name)
        return given[name] ?? options[name]?.fallback.map { [$0] } ?? []
    }

    /// The number of an `integer` option; its default when absent.
    ///
    /// - Parameter name: Its name.
    package func integer(_ name: String) -> Int? {
        string(name).flatMap { Int($0) }
    }

    /// The number of a `double` option; its default when absent.
    ///
    /// - Parameter name: Its name.
    package func double(_ name: String) -> Double? {
        string(name).flatMap { Double($0) }
    }

    /// The span of a `duration` option; its default when absent.
    ///
    /// - Parameter name: Its name.
    package func duration(_ name: String) -> Duration? {
        string(name).flatMap(DurationText.parse)
    }

    /// The amount of a `bytes` option; its default when absent.
    ///
    /// - Parameter name: Its name.
    package func bytes(_ name: String) -> Int? {
        string(name).flatMap(ByteText.parse)
    }

    private func check(_ name: String) {
        precondition(options[name] != nil || names.contains(name), "'\(name)' is not declared")
    }
}

extension Option {
    /// Why a text is not acceptable as the option's value; nil when it is.
    func objection(to text: String) -> String? {
        switch kind {
        case .flag, .text: nil
        case .integer(let range):
            Int(text).map(range.contains) == true
                ? nil : "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .double: Double(text)?.isFinite == true ? nil : "must be a number"
        case .duration:
            DurationText.parse(text) != nil ? nil : "must be a duration such as 30s or 1h30m"
        case .bytes:
            ByteText.parse(text) != nil ? nil : "must be an amount of bytes such as 10MiB"
        case .choice(let words):
            words.contains(text) ? nil : "must be one of \(words.joined(separator: ", "))"
        }
    }
}

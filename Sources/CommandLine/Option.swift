/// What a verb accepts after dashes.
package struct Option: Sendable {
    /// What an option's value must be.
    package enum Kind: Sendable {
        /// No value: it is there or not.
        case flag
        /// Any text.
        case text
        /// A whole number in a range.
        case integer(ClosedRange<Int>)
        /// A number.
        case double
        /// A span of time such as `30s`.
        case duration
        /// An amount of bytes such as `10MiB`.
        case bytes
        /// One of some words.
        case choice([String])
    }

    /// Its name, without dashes.
    package let name: String
    /// A letter that means the same.
    package let short: Character?
    /// What its value must be.
    package let kind: Kind
    /// What help calls the value: "PORT".
    package let placeholder: String
    /// The value that counts when it is absent; shown by help.
    package let fallback: String?
    /// What it means without a value; nil where a value must follow.
    ///
    /// Where there is such a meaning, a value comes only after an equals sign.
    package let bare: String?
    /// Whether it may be given several times.
    package let isRepeatable: Bool
    /// What a shell offers for the value.
    package let completion: Completion
    /// One line about it, lower case, without a period.
    package let about: String

    /// Declares an option that has a value.
    ///
    /// - Parameters:
    ///   - name: Its name, without dashes.
    ///   - short: A letter that means the same.
    ///   - kind: What its value must be.
    ///   - placeholder: What help calls the value.
    ///   - fallback: The value that counts when it is absent; must be acceptable itself.
    ///   - bare: What it means without a value; must be acceptable itself.
    ///   - isRepeatable: Whether it may be given several times.
    ///   - completion: What a shell offers for the value; the words of a choice anyway.
    ///   - about: One line about it.
    package init(
        _ name: String,
        short: Character? = nil,
        _ kind: Kind = .text,
        placeholder: String,
        default fallback: String? = nil,
        bare: String? = nil,
        isRepeatable: Bool = false,
        completion: Completion = .nothing,
        _ about: String
    ) {
        self.name = name
        self.short = short
        self.kind = kind
        self.placeholder = placeholder
        self.fallback = fallback
        self.bare = bare
        self.isRepeatable = isRepeatable
        if case .choice(let words) = kind {
            self.completion = .words(words)
        } else {
            self.completion = completion
        }
        self.about = about
    }

    /// Declares an option without a value.
    ///
    /// - Parameters:
    ///   - name: Its name, without dashes.
    ///   - short: A letter that means the same.
    ///   - about: One line about it.
    package static func flag(_ name: String, short: Character? = nil, _ about: String) -> Option {
        Option(name, short: short, .flag, placeholder: "", about)
    }

    /// Whether it stands alone.
    var isFlag: Bool {
        if case .flag = kind { true } else { false }
    }
}

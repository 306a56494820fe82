/// A piece of a configuration file that knows its line.
struct ConfigurationNode: Sendable {
    /// What a piece can be.
    enum Content: Sendable {
        /// A single value; `isPlain` when it stood there without quotes.
        case scalar(String, isPlain: Bool)
        /// Values in order.
        case list([ConfigurationNode])
        /// Keys and values in order; no key occurs twice.
        case map([Entry])
    }

    /// One key of a map.
    struct Entry: Sendable {
        let key: String
        let line: Int
        let value: ConfigurationNode
    }

    /// Where it starts, counted from 1.
    let line: Int
    /// What it is.
    let content: Content

    /// Whether it stands for "nothing", so that the default counts.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text of a single value; nil for anything else.
    var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// The text of a single value that stands without quotes; nil for anything else.
    var plain: String? {
        if case .scalar(let text, isPlain: true) = content { text } else { nil }
    }

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .list: "a list"
        case .map: "a section"
        case .scalar(let text, isPlain: true):
            if isNull {
                "nothing"
            } else {
                Scalars.looksTyped(text) ? "'\(text)'" : "the text '\(text)'"
            }
        case .scalar(let text, isPlain: false): "the text '\(text)'"
        }
    }
}

/// Plain scalars by the rules of YAML 1.1, as far as configuration files use them.
enum Scalars {
    /// The truth value that a plain word stands for.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
        default: nil
        }
    }

    /// A decimal whole number; a leading zero is refused, because YAML 1.1 reads it as octal.
    static func integer(_ text: String) -> Int? {
        let digits = text.drop { $0 == "+" || $0 == "-" }
        guard text.utf8.count - digits.utf8.count <= 1, !digits.isEmpty,
            digits.utf8.allSatisfy({ (48...57).contains($0) }),
            digits == "0" || digits.first != "0"
        else { return nil }
        return Int(text)
    }

    /// A finite decimal number.
    static func double(_ text: String) -> Double? {
        let isNumber = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || [43, 45, 46, 69, 101].contains(byte)
        }
        // The check keeps out "inf", "nan" and hexadecimal forms, which `Double` would take.
        guard isNumber, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Whether a plain word is read as something else than text.
    static func looksTyped(_ text: String) -> Bool {
        bool(text) != nil || double(text) != nil
    }
}

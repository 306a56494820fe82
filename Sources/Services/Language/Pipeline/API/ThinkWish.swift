package import JSON

/// Whether, and how much, a model is to think before it answers.
package enum ThinkWish: Sendable, Hashable {
    /// Not at all.
    case off
    /// As much as it does by itself.
    case on
    /// This much: "low", "medium", "high" or "max".
    case level(String)

    private static let levels: Set = ["low", "medium", "high", "max"]

    /// Reads the `think` of a request.
    ///
    /// - Parameter json: The value.
    /// - Throws: `Refusal` for anything but a truth value or a level.
    package init(_ json: JSONValue) throws(Refusal) {
        if let flag = json.boolValue {
            self = flag ? .on : .off
        } else if let text = json.stringValue, Self.levels.contains(text) {
            self = .level(text)
        } else if let text = json.stringValue, ["true", "false"].contains(text) {
            self = text == "true" ? .on : .off
        } else {
            let text = json.stringValue.map { "\"\($0)\"" } ?? json.serializedText
            throw Refusal(
                badRequest:
                    "invalid think value: \(text) (must be \"high\", \"medium\", \"low\", \"max\","
                    + " true, or false)"
            )
        }
    }

    /// Whether it is to think.
    package var isOn: Bool { self != .off }

    /// The level, where one was named.
    package var level: String? {
        if case .level(let level) = self { level } else { nil }
    }
}

extension JSONValue {
    fileprivate var serializedText: String { String(decoding: serialized, as: UTF8.self) }
}

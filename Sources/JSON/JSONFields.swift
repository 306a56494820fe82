/// A field that is missing, of the wrong kind, or out of range.
package struct JSONFieldError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where: "options.languages".
    package let path: String
    /// What is wrong: "must be a string, not a list".
    package let reason: String

    /// The sentence people read.
    package var description: String { "'\(path)' \(reason)" }

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - path: Where.
    ///   - reason: What is wrong.
    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// Typed reading of an object's members with errors that name the path.
///
/// Members nobody asks for are ignored, as clients of every API expect. `null` counts as absent.
package struct JSONFields: Sendable {
    /// The object itself.
    package let object: JSONObject
    private let path: String

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - value: Must be an object.
    ///   - path: Where it stands, for messages; empty for a whole document.
    /// - Throws: `JSONFieldError` when it is something else.
    package init(_ value: JSONValue, path: String = "") throws(JSONFieldError) {
        guard case .object(let object) = value else {
            let place = path.isEmpty ? "body" : path
            throw JSONFieldError(path: place, reason: "must be an object, not \(value.kind)")
        }
        self.object = object
        self.path = path
    }

    /// Whether a member is there and not `null`.
    ///
    /// - Parameter name: The member.
    package func has(_ name: String) -> Bool { value(name) != nil }

    /// A member of any kind, or nil when absent.
    ///
    /// - Parameter name: The member.
    package func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A text member, or nil when absent.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is no string.
    package func string(_ name: String) throws(JSONFieldError) -> String? {
        try read(name, "a string", \.stringValue)
    }

    /// A text member whose bytes are wanted, or nil when absent; a long one is not copied.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is no string.
    package func text(_ name: String) throws(JSONFieldError) -> JSONText? {
        try read(name, "a string", \.textValue)
    }

    /// A truth member, or nil when absent.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is no boolean.
    package func bool(_ name: String) throws(JSONFieldError) -> Bool? {
        try read(name, "a boolean", \.boolValue)
    }

    /// A whole-number member, or nil when absent.
    ///
    /// - Parameters:
    ///   - name: The member.
    ///   - range: What is accepted.
    /// - Throws: `JSONFieldError` when it is no whole number or out of range.
    package func integer(
        _ name: String,
        in range: ClosedRange<Int> = Int.min...Int.max
    ) throws(JSONFieldError) -> Int? {
        guard let value = try read(name, "an integer", \.integerValue) else { return nil }
        guard range.contains(value) else {
            throw error(name, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A number member, or nil when absent.
    ///
    /// - Parameters:
    ///   - name: The member.
    ///   - range: What is accepted.
    /// - Throws: `JSONFieldError` when it is no number or out of range.
    package func double(
        _ name: String,
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude
            ... .greatestFiniteMagnitude
    ) throws(JSONFieldError) -> Double? {
        guard let value = try read(name, "a number", \.doubleValue) else { return nil }
        guard range.contains(value) else {
            throw error(name, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A list member, or nil when absent.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is no list.
    package func array(_ name: String) throws(JSONFieldError) -> [JSONValue]? {
        try read(name, "a list", \.arrayValue)
    }

    /// A member that is a list of texts, or nil when absent.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is no list or an item is no string.
    package func strings(_ name: String) throws(JSONFieldError) -> [String]? {
        guard let items = try array(name) else { return nil }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.stringValue else {
                throw error("\(name)[\(index)]", "must be a string, not \(item.kind)")
            }
            texts.append(text)
        }
        return texts
    }

    /// A nested object, or nil when absent.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is no object.
    package func fields(_ name: String) throws(JSONFieldError) -> JSONFields? {
        guard let value = value(name) else { return nil }
        return try JSONFields(value, path: place(name))
    }

    /// A value that must be there.
    ///
    /// - Parameters:
    ///   - name: The member, for the message.
    ///   - value: What a reader above returned.
    /// - Throws: `JSONFieldError` when it is nil.
    package func require<Value>(_ name: String, _ value: Value?) throws(JSONFieldError) -> Value {
        guard let value else { throw error(name, "is missing") }
        return value
    }

    /// An error about a member.
    ///
    /// - Parameters:
    ///   - name: The member.
    ///   - reason: What is wrong.
    package func error(_ name: String, _ reason: String) -> JSONFieldError {
        JSONFieldError(path: place(name), reason: reason)
    }

    private func place(_ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }

    private func read<Value>(
        _ name: String,
        _ kind: String,
        _ extract: (JSONValue) -> Value?
    ) throws(JSONFieldError) -> Value? {
        guard let value = value(name) else { return nil }
        guard let result = extract(value) else {
            throw error(name, "must be \(kind), not \(value.kind)")
        }
        return result
    }
}

package import JSON

/// The options of a request that may say the same in two ways.
///
/// OpenAI's and Anthropic's fields have their places beside `options`, which has Ollama's. Who says
/// both must say the same.
package struct DoorOptions: Sendable {
    private var values: JSONObject
    private var origins: [String: String] = [:]

    /// Begins with `options`, and reads `keep_alive` and `truncate` beside them.
    ///
    /// - Parameters:
    ///   - fields: The request.
    ///   - common: Where the two go.
    /// - Throws: `Refusal`, or `JSONFieldError` when a type is wrong.
    package init(_ fields: JSONFields, into common: inout GenerationFields) throws {
        values = try fields.fields("options")?.object ?? [:]
        for (name, value) in values.members where !value.isNull {
            origins[name] = "options.\(name)"
        }
        do {
            common.keepAlive = try GenerationFields.keepAlive(fields)
        } catch {
            throw error.about("keep_alive")
        }
        common.truncates = try fields.bool("truncate") ?? true
    }

    /// Says an option.
    ///
    /// - Parameters:
    ///   - name: Ollama's name for it.
    ///   - value: Its value; nil when nothing is said.
    ///   - field: Where the request says it.
    /// - Throws: `Refusal` when the request says something else elsewhere.
    package mutating func set(
        _ name: String,
        _ value: JSONValue?,
        from field: String
    ) throws(Refusal) {
        guard let value else { return }
        if let origin = origins[name], !Self.isSame(values[name], value) {
            throw Refusal(
                badRequest: "'\(field)' and '\(origin)' contradict each other",
                field: field
            )
        }
        values[name] = value
        origins[name] = field
    }

    /// The options, each of the type that it must have.
    ///
    /// - Throws: `Refusal` for one that has another.
    package func checked() throws(Refusal) -> GenerationOptions {
        // One by one, so that it is known which one is to blame.
        for (name, value) in values.members {
            do {
                _ = try GenerationOptions([name: value])
            } catch {
                throw Refusal(badRequest: error.message, field: origins[name] ?? name)
            }
        }
        do {
            return try GenerationOptions(values)
        } catch {
            throw Refusal(badRequest: error.message, field: "options")
        }
    }

    private static func isSame(_ left: JSONValue?, _ right: JSONValue) -> Bool {
        if let left = left?.doubleValue, let right = right.doubleValue { return left == right }
        return left == right
    }
}

internal import JSON

/// What requests of OpenAI's clients have in common.
enum OpenAIFields {
    /// The object of a request; names of members count as they are written.
    static func object(_ json: JSONValue) throws -> JSONFields { try JSONFields(json) }

    /// The model's name.
    static func model(_ fields: JSONFields) throws -> String {
        let name = try fields.string("model") ?? ""
        guard !name.isEmpty else {
            throw Refusal(badRequest: "you must provide a model parameter", field: "model")
        }
        return name
    }

    /// Refuses members that ask for what there is not.
    static func refuse(_ names: [String], _ fields: JSONFields) throws(Refusal) {
        for name in names where fields.has(name) {
            throw Refusal(
                400,
                code: "unsupported_parameter",
                "'\(name)' is not supported here"
            ).about(name)
        }
    }

    /// Reads what all requests for texts say of sampling, and the tokens of the answer.
    ///
    /// - Parameter limits: The members that limit the answer's tokens.
    static func sampling(
        _ fields: JSONFields,
        limits: [String],
        into common: inout GenerationFields
    ) throws {
        var options = try DoorOptions(fields, into: &common)
        for limit in limits {
            let count = try fields.integer(limit, in: 1...Int(Int32.max))
            try options.set("num_predict", count.map { JSONValue($0) }, from: limit)
        }
        for (name, range) in [
            ("temperature", 0.0...2.0), ("top_p", 0.0...1.0), ("presence_penalty", -2.0...2.0),
            ("frequency_penalty", -2.0...2.0),
        ] {
            let value = try fields.double(name, in: range)
            try options.set(name, value.map { .number($0) }, from: name)
        }
        try options.set("seed", try fields.integer("seed").map { JSONValue($0) }, from: "seed")
        try options.set("stop", try stops(fields), from: "stop")
        try options.set("logit_bias", try biases(fields), from: "logit_bias")
        common.options = try options.checked()
    }

    /// A text to stop at, or a list of them.
    private static func stops(_ fields: JSONFields) throws -> JSONValue? {
        guard let value = fields.value("stop") else { return nil }
        if value.stringValue != nil { return .array([value]) }
        return .array(try fields.strings("stop")?.map { .string($0) } ?? [])
    }

    /// Biases by the numbers of tokens, as pairs.
    private static func biases(_ fields: JSONFields) throws -> JSONValue? {
        guard let object = try fields.fields("logit_bias")?.object else { return nil }
        var pairs: [JSONValue] = []
        for (name, value) in object.members {
            guard let token = Int32(name), token >= 0 else {
                throw fields.error("logit_bias", "must have numbers of tokens as names")
            }
            guard let bias = value.doubleValue, (-100...100).contains(bias) else {
                throw fields.error("logit_bias.\(name)", "must be a number from -100 to 100")
            }
            // At the end of the scale a token does not come at all.
            pairs.append([JSONValue(Int(token)), bias == -100 ? false : .number(bias)])
        }
        return .array(pairs)
    }

    /// Whether, and how much, the model is to think.
    static func think(_ fields: JSONFields) throws -> ThinkWish? {
        let (short, long) = ("reasoning_effort", "reasoning.effort")
        let flat = try fields.string(short)
        let nested = try fields.fields("reasoning")?.string("effort")
        if let flat, let nested, flat != nested {
            throw Refusal(
                badRequest: "'\(short)' and '\(long)' contradict each other",
                field: short
            )
        }
        guard let word = flat ?? nested else { return nil }
        switch word {
        case "none": return .off
        case "minimal", "low": return .level("low")
        case "medium", "high", "max": return .level(word)
        case "xhigh", "ultra": return .level("max")
        default:
            throw Refusal(
                badRequest: "invalid reasoning value: '\(word)' (must be \"none\", \"minimal\","
                    + " \"low\", \"medium\", \"high\", \"xhigh\" or \"max\")",
                field: flat == nil ? long : short
            )
        }
    }

    /// The form of an answer: `text`, `json_object` or `json_schema`.
    ///
    /// - Parameters:
    ///   - fields: The object that says it.
    ///   - field: What refusals call its place.
    ///   - isNested: Whether the schema stands in a member `json_schema`.
    static func format(
        _ fields: JSONFields?,
        _ field: String,
        isNested: Bool
    ) throws -> OutputFormat {
        guard let fields else { return .free }
        switch try fields.require("type", fields.string("type")) {
        case "text": return .free
        case "json_object": return .json
        case "json_schema":
            var holder = fields
            if isNested {
                holder = try fields.require("json_schema", fields.fields("json_schema"))
            }
            _ = try holder.bool("strict")
            _ = try holder.require("name", holder.string("name"))
            let schema = try holder.require("schema", holder.fields("schema"))
            return .schema(schema.object)
        case let other:
            throw Refusal(
                badRequest: "'\(other)' is none of 'text', 'json_object' and 'json_schema'",
                field: "\(field).type"
            )
        }
    }
}

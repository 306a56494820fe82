internal import HTTPService
internal import JSON

/// What the OpenAPI document says of the vision routes.
enum VisionSchema {
    /// `/v1/chat/completions`.
    static let chat = Route.Description(
        "Writes the next message of a conversation about pictures.",
        request: object(
            [("model", string), ("messages", messages), ("n", integer(1, 16))] + sampling
                + [("stream", boolean), ("stream_options", anything)],
            required: "model",
            "messages"
        ),
        response: object(
            [
                ("id", string), ("object", string), ("created", ["type": "integer"]),
                ("model", string), ("choices", ["type": "array", "items": anything]),
                ("usage", anything), ("performance", anything),
            ],
            required: "id",
            "choices",
            "usage",
            "performance"
        ),
        streamType: "text/event-stream"
    )

    /// `/v1/vision/analyze`.
    static let analyze = Route.Description(
        "Answers one question about several pictures.",
        request: object(
            [
                ("model", string), ("prompt", ["type": "string", "minLength": 1]),
                ("system", string),
                (
                    "images",
                    [
                        "type": "array", "minItems": 1,
                        "items": ["anyOf": [string, anything]],
                    ]
                ),
                (
                    "return_individual_results",
                    [
                        "type": "boolean",
                        "description": "False looks at all pictures at once, for one result.",
                    ]
                ),
            ] + sampling,
            required: "images",
            "prompt"
        ),
        response: object(
            [
                (
                    "results",
                    [
                        "type": "array",
                        "items": object(
                            [
                                ("image_url", string),
                                ("analysis", ["type": ["string", "null"]]),
                            ],
                            required: "image_url",
                            "analysis"
                        ),
                    ]
                ), ("total_inference_time_ms", ["type": "integer"]),
                ("failed", ["type": "integer"]), ("usage", anything), ("model", string),
            ],
            required: "results",
            "total_inference_time_ms"
        )
    )

    /// `/v1/models`.
    static let models = Route.Description("Lists the models that see.", response: anything)
    /// One of them.
    static let model = Route.Description("Tells of a model.", response: anything)

    // MARK: Parts

    private static let string: JSONValue = ["type": "string"]
    private static let boolean: JSONValue = ["type": "boolean"]
    private static let anything: JSONValue = ["type": "object"]

    private static let messages: JSONValue = [
        "type": "array", "minItems": 1,
        "items": object(
            [
                ("role", ["enum": ["system", "developer", "user", "assistant", "tool"]]),
                ("content", ["type": ["string", "array"]]),
            ],
            required: "role",
            "content"
        ),
    ]

    private static let sampling: [(String, JSONValue)] = [
        ("temperature", number(0, 2)), ("top_p", number(0, 1)), ("seed", ["type": "integer"]),
        ("max_tokens", ["type": "integer", "minimum": 1]),
        ("presence_penalty", number(-2, 2)), ("frequency_penalty", number(-2, 2)),
        ("stop", ["anyOf": [string, ["type": "array", "items": string, "maxItems": 64]]]),
        ("response_format", anything), ("logit_bias", anything), ("options", anything),
        ("keep_alive", ["type": ["string", "number"]]),
    ]

    private static func number(_ least: Int, _ most: Int) -> JSONValue {
        ["type": "number", "minimum": JSONValue(least), "maximum": JSONValue(most)]
    }

    private static func integer(_ least: Int, _ most: Int) -> JSONValue {
        ["type": "integer", "minimum": JSONValue(least), "maximum": JSONValue(most)]
    }

    private static func object(_ members: [(String, JSONValue)], required: String...) -> JSONValue {
        [
            "type": "object", "properties": .object(JSONObject(members)),
            "required": .array(required.map { .string($0) }),
        ]
    }
}

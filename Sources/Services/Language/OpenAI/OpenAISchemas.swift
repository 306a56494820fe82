internal import JSON
internal import HTTPService

/// What OpenAI's door says of the bodies that it takes.
enum OpenAISchemas {
    /// `/v1/chat/completions`.
    static let chat: JSONValue = object(
        [("model", text), ("messages", messages)] + sampling + [
            ("max_tokens", count), ("max_completion_tokens", count),
            ("response_format", format), ("reasoning_effort", effort), ("tools", list(tool)),
            ("tool_choice", choice),
            ("parallel_tool_calls", flag),
            ("logprobs", flag),
            ("top_logprobs", ["type": "integer", "minimum": 0, "maximum": 20]),
        ],
        required: "model",
        "messages"
    )

    /// `/v1/completions`.
    static let completion: JSONValue = object(
        [
            ("model", text), ("prompt", input), ("max_tokens", count), ("suffix", text),
            ("echo", flag), ("raw", flag), ("best_of", count),
            ("logprobs", ["type": "integer", "minimum": 0, "maximum": 20]),
        ] + sampling,
        required: "model",
        "prompt"
    )

    /// `/v1/responses`.
    static let responses: JSONValue = object(
        [
            ("model", text),
            ("input", ["anyOf": [text, list(Route.anyObject)]]), ("instructions", text),
            ("previous_response_id", text), ("store", flag), ("stream", flag),
            ("max_output_tokens", count), ("temperature", number(0, 2)), ("top_p", number(0, 1)),
            ("reasoning", Route.anyObject), ("text", Route.anyObject),
            ("tools", list(Route.anyObject)),
            ("tool_choice", ["type": ["string", "object"]]), ("parallel_tool_calls", flag),
            ("truncation", ["enum": ["auto", "disabled"]]),
            ("metadata", ["type": "object", "additionalProperties": text]),
            ("include", list(text)), ("options", Route.anyObject),
            ("top_logprobs", ["type": "integer", "minimum": 0, "maximum": 20]),
        ],
        required: "model",
        "input"
    )

    /// `/v1/embeddings`.
    static let vectors: JSONValue = object(
        [
            ("model", text), ("input", input), ("dimensions", count),
            ("encoding_format", ["enum": ["float", "base64"]]), ("truncate", flag),
            ("options", Route.anyObject), ("keep_alive", duration),
        ],
        required: "model",
        "input"
    )

    // MARK: Parts

    private static let token: JSONValue = [
        "type": "integer", "minimum": 0, "maximum": 2_147_483_647,
    ]
    /// A text, texts, tokens, or lists of tokens.
    private static let input: JSONValue = [
        "anyOf": [text, list(text), list(token), list(list(token))]
    ]

    static let text: JSONValue = ["type": "string"]
    static let flag: JSONValue = ["type": "boolean"]
    static let count: JSONValue = ["type": "integer", "minimum": 1, "maximum": 2_147_483_647]

    private static let effort: JSONValue = [
        "enum": ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
    ]

    private static let messages: JSONValue = [
        "type": "array", "minItems": 1,
        "items": object(
            [
                ("role", ["enum": ["system", "developer", "user", "assistant", "tool"]]),
                ("content", ["anyOf": [text, list(part)]]), ("tool_call_id", text),
            ],
            required: "role",
            "content"
        ),
    ]

    private static let part: JSONValue = [
        "anyOf": [
            object([("type", ["const": "text"]), ("text", text)], required: "type", "text"),
            object(
                [
                    ("type", ["const": "image_url"]),
                    ("image_url", object([("url", text)], required: "url")),
                ],
                required: "type",
                "image_url"
            ),
        ]
    ]

    private static let choice: JSONValue = [
        "anyOf": [
            ["enum": ["auto", "none", "required"]],
            object(
                [
                    ("type", ["const": "function"]),
                    ("function", object([("name", text)], required: "name")),
                ],
                required: "type",
                "function"
            ),
        ]
    ]

    private static let function: JSONValue = object(
        [("name", text), ("description", text), ("parameters", Route.anyObject)],
        required: "name"
    )

    private static let tool: JSONValue = object(
        [("type", ["const": "function"]), ("function", function)],
        required: "type",
        "function"
    )

    private static let format: JSONValue = [
        "anyOf": [
            object([("type", ["enum": ["text", "json_object"]])], required: "type"),
            object(
                [
                    ("type", ["const": "json_schema"]),
                    (
                        "json_schema",
                        object(
                            [("name", text), ("strict", flag), ("schema", Route.anyObject)],
                            required: "name",
                            "schema"
                        )
                    ),
                ],
                required: "type",
                "json_schema"
            ),
        ]
    ]

    /// By the numbers of tokens.
    private static let biases: JSONValue = [
        "type": "object", "additionalProperties": false,
        "patternProperties": ["^[0-9]{1,9}$": number(-100, 100)],
    ]

    /// How long a model stays: seconds, or a time such as `5m`.
    static let duration: JSONValue = [
        "anyOf": [
            ["type": "number", "minimum": -1, "maximum": 1_000_000_000],
            ["type": "string", "pattern": "^-?[0-9]{1,6}(ms|s|m|h)?$"],
        ]
    ]

    /// What texts have in common.
    static let sampling: [(String, JSONValue)] = [
        ("stream", flag), ("n", ["type": "integer", "minimum": 1, "maximum": 16]),
        ("temperature", number(0, 2)), ("top_p", number(0, 1)),
        ("presence_penalty", number(-2, 2)), ("frequency_penalty", number(-2, 2)),
        ("seed", ["type": "integer"]),
        ("stop", ["anyOf": [text, ["type": "array", "items": text, "maxItems": 64]]]),
        ("logit_bias", biases), ("options", Route.anyObject),
        ("keep_alive", duration), ("truncate", flag),
        ("stream_options", object([("include_usage", flag)])),
    ]

    static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    static func number(_ least: Int, _ most: Int) -> JSONValue {
        ["type": "number", "minimum": JSONValue(least), "maximum": JSONValue(most)]
    }

    static func object(_ members: [(String, JSONValue)], required: String...) -> JSONValue {
        [
            "type": "object", "properties": .object(JSONObject(members)),
            "required": .array(required.map { .string($0) }),
        ]
    }
}

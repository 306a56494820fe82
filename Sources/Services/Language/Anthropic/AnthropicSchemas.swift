internal import JSON
internal import HTTPService

/// What Anthropic's door says of the bodies that it takes.
enum AnthropicSchemas {
    /// `/v1/messages`.
    static let messages: JSONValue = OpenAISchemas.object(
        prompt + [
            ("max_tokens", OpenAISchemas.count), ("stream", OpenAISchemas.flag),
            ("temperature", OpenAISchemas.number(0, 1)), ("top_p", OpenAISchemas.number(0, 1)),
            ("top_k", ["type": "integer", "minimum": 0, "maximum": 2_147_483_647]),
            ("stop_sequences", OpenAISchemas.list(OpenAISchemas.text)),
            ("options", Route.anyObject), ("keep_alive", OpenAISchemas.duration),
        ],
        required: "model",
        "max_tokens",
        "messages"
    )

    /// `/v1/messages/count_tokens`.
    static let count: JSONValue = OpenAISchemas.object(prompt, required: "model", "messages")

    // MARK: Parts

    private static let blocks: JSONValue = [
        "anyOf": [
            OpenAISchemas.text,
            OpenAISchemas.list(
                OpenAISchemas.object(
                    [("type", ["const": "text"]), ("text", OpenAISchemas.text)],
                    required: "type",
                    "text"
                )
            ),
            OpenAISchemas.list(
                OpenAISchemas.object([("type", ["enum": kinds])], required: "type")
            ),
        ]
    ]

    /// Blocks but those of text.
    private static let kinds: JSONValue = ["image", "tool_use", "tool_result", "thinking"]

    private static let turn: JSONValue = OpenAISchemas.object(
        [("role", ["enum": ["user", "assistant"]]), ("content", blocks)],
        required: "role",
        "content"
    )

    private static let tool: JSONValue = OpenAISchemas.object(
        [
            ("name", OpenAISchemas.text), ("description", OpenAISchemas.text),
            ("input_schema", Route.anyObject),
        ],
        required: "name",
        "input_schema"
    )

    private static let choice: JSONValue = OpenAISchemas.object(
        [
            ("type", ["enum": ["auto", "any", "tool", "none"]]), ("name", OpenAISchemas.text),
            ("disable_parallel_tool_use", OpenAISchemas.flag),
        ],
        required: "type"
    )

    private static let thinking: JSONValue = OpenAISchemas.object(
        [
            ("type", ["enum": ["enabled", "disabled", "adaptive"]]),
            ("budget_tokens", OpenAISchemas.count),
        ],
        required: "type"
    )

    /// What makes the prompt.
    private static let prompt: [(String, JSONValue)] = [
        ("model", OpenAISchemas.text),
        ("messages", ["type": "array", "minItems": 1, "items": turn]), ("system", blocks),
        ("tools", OpenAISchemas.list(tool)), ("tool_choice", choice),
        ("thinking", thinking), ("output_config", Route.anyObject),
    ]
}

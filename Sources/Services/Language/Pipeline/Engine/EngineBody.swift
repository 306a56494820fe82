package import JSON

/// The bodies of requests to llama-server.
package enum EngineBody {
    /// What Ollama's options are where nobody says anything; all are sent, because llama-server's own
    /// defaults are others.
    private static let usual: JSONObject = [
        "temperature": 0.8, "top_k": 40, "top_p": 0.9, "min_p": 0, "typical_p": 1,
        "repeat_last_n": 64, "repeat_penalty": 1, "presence_penalty": 0, "frequency_penalty": 0,
        "seed": -1, "n_keep": 4, "cache_prompt": true,
    ]

    /// Tokens of one answer at most, as a multiple of the context, when nobody says anything.
    private static let runaway = 10

    /// What every request for text says.
    ///
    /// - Parameters:
    ///   - options: The options that count.
    ///   - context: Tokens of the context of one request.
    package static func parameters(_ options: GenerationOptions, context: Int) -> JSONObject {
        var body = usual
        for (name, value) in options.engineParameters.members { body[name] = value }
        // Below zero it would go on for ever where the context shifts.
        let limit = options.integer("num_predict") ?? -1
        body["n_predict"] = JSONValue(limit < 0 ? runaway * context : limit)
        body["stream"] = true
        return body
    }

    /// A request for the text that follows a prompt.
    ///
    /// - Parameters:
    ///   - parameters: What `parameters` made.
    ///   - prompt: The prompt.
    ///   - context: Tokens that come before it; none where there are pictures.
    ///   - pictures: Pictures in base64, as many as the prompt has of the engine's markers.
    ///   - format: The form of the answer.
    ///   - probabilities: How many tokens are told with their probabilities at each place, the chosen
    ///     one included; nil for none.
    package static func completion(
        _ parameters: JSONObject,
        prompt: String,
        context: [Int] = [],
        pictures: [JSONText] = [],
        format: OutputFormat,
        probabilities: Int?
    ) -> JSONValue {
        var body = parameters
        if !pictures.isEmpty {
            body["prompt"] = [
                "prompt_string": .string(prompt),
                "multimodal_data": .array(pictures.map { .text($0) }),
            ]
        } else if context.isEmpty {
            body["prompt"] = .string(prompt)
        } else {
            let text: [JSONValue] = prompt.isEmpty ? [] : [.string(prompt)]
            body["prompt"] = .array(context.map { JSONValue($0) } + text)
        }
        body["return_tokens"] = true
        switch format {
        case .free: break
        case .json: body["json_schema"] = ["type": "object"]
        case .schema(let schema): body["json_schema"] = .object(schema)
        }
        if let probabilities { body["n_probs"] = JSONValue(max(1, probabilities)) }
        return .object(body)
    }

    /// A request for the next message of a conversation.
    ///
    /// - Parameters:
    ///   - parameters: What `parameters` made.
    ///   - messages: The conversation, as `messages` makes it.
    ///   - tools: The tools that may be called.
    ///   - calls: How they may be called.
    ///   - think: Whether the model is to think; nil for what it does by itself.
    ///   - format: The form of the answer.
    ///   - probabilities: How many tokens are told with their probabilities at each place; nil for none.
    package static func chat(
        _ parameters: JSONObject,
        messages: [JSONValue],
        tools: [Tool] = [],
        calls: CallRule = CallRule(),
        think: ThinkWish?,
        format: OutputFormat,
        probabilities: Int?
    ) -> JSONValue {
        var body = parameters
        body["messages"] = .array(messages)
        if !tools.isEmpty {
            body["tools"] = .array(tools.map(\.json))
            body["parallel_tool_calls"] = .bool(calls.allowsSeveral)
            if calls.isDemanded { body["tool_choice"] = "required" }
        }
        body["stream_options"] = ["include_usage": true]
        body["return_progress"] = true
        if let think { body["chat_template_kwargs"] = templateWords(think) }
        switch format {
        case .free: break
        case .json: body["response_format"] = ["type": "json_object"]
        case .schema(let schema):
            body["response_format"] = [
                "type": "json_schema",
                "json_schema": ["name": "answer", "schema": .object(schema)],
            ]
        }
        if let probabilities {
            body["logprobs"] = true
            // With none it tells nothing of the chosen one either.
            body["top_logprobs"] = JSONValue(max(1, probabilities))
        }
        return .object(body)
    }

    /// What the template in the model's file is told of thinking.
    ///
    /// - Parameter think: Whether the model is to think.
    package static func templateWords(_ think: ThinkWish) -> JSONValue {
        var words: JSONObject = ["enable_thinking": .bool(think.isOn)]
        if let level = think.level { words["reasoning_effort"] = .string(level) }
        return .object(words)
    }

    /// A message as llama-server's chat takes it.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - images: Its images, as data URIs.
    ///   - places: Bytes of the text before each image; empty for all in front.
    package static func message(
        _ message: ChatMessage,
        images: [String] = [],
        places: [Int] = []
    ) -> JSONValue {
        var object: JSONObject = ["role": .string(message.role)]
        if images.isEmpty {
            object["content"] = .string(message.content)
        } else {
            object["content"] = .array(parts(message.content, images, places))
        }
        if !message.thinking.isEmpty { object["reasoning_content"] = .string(message.thinking) }
        if !message.toolCalls.isEmpty {
            object["tool_calls"] = .array(message.toolCalls.map(call))
        }
        if !message.toolName.isEmpty { object["name"] = .string(message.toolName) }
        if !message.toolCallID.isEmpty { object["tool_call_id"] = .string(message.toolCallID) }
        return .object(object)
    }

    /// A text and its images as parts, each image where it stands.
    private static func parts(
        _ text: String,
        _ images: [String],
        _ places: [Int]
    ) -> [JSONValue] {
        var parts = PromptPiece.list(text, pictures: images.count, at: places)
            .map { piece -> JSONValue in
                switch piece {
                case .text(let text): ["type": "text", "text": .string(text)]
                case .picture(let number):
                    ["type": "image_url", "image_url": ["url": .string(images[number])]]
                }
            }
        // A message of images alone has a text all the same, as templates expect.
        if text.isEmpty { parts.append(["type": "text", "text": ""]) }
        return parts
    }

    private static func call(_ call: ChatMessage.ToolCall) -> JSONValue {
        let arguments = JSONValue.object(call.arguments).serialized
        var object: JSONObject = [
            "type": "function",
            "function": [
                "name": .string(call.name),
                "arguments": .string(String(decoding: arguments, as: UTF8.self)),
            ],
        ]
        if !call.id.isEmpty { object["id"] = .string(call.id) }
        return .object(object)
    }
}

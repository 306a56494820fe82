internal import HTTPService
internal import JSON

/// What the OpenAPI document says of the OCR routes.
enum OCRSchema {
    private static let number: JSONValue = ["type": "number"]
    private static let integer: JSONValue = ["type": "integer"]
    private static let string: JSONValue = ["type": "string"]
    private static let boolean: JSONValue = ["type": "boolean"]
    private static let points: JSONValue = [
        "type": "array", "items": ["type": "array", "items": integer],
    ]

    private static func share(_ about: String) -> JSONValue {
        ["type": "number", "minimum": 0, "maximum": 1, "description": .string(about)]
    }

    private static let options: [(String, JSONValue)] = [
        (
            "languages",
            [
                "type": "array", "items": ["type": "string", "enum": ["en", "zh"]],
                "description": "The first is reported; the recogniser reads all of them.",
            ]
        ),
        ("enable_recognition", ["type": "boolean", "description": "False only finds regions."]),
        (
            "use_direction",
            ["type": "boolean", "description": "Turn lines that stand on their head."]
        ),
        ("det_threshold", share("How sure a pixel must be to belong to text.")),
        ("box_threshold", share("How sure a region must be on average.")),
        ("unclip_ratio", ["type": "number", "description": "How far regions are grown."]),
        ("rec_threshold", share("How sure a text must be to be reported.")),
    ]

    private static let image: JSONValue = [
        "type": "string", "description": "A data URI or base64 of JPEG, PNG, WebP, TIFF or GIF.",
    ]

    private static let region: JSONValue = [
        "type": "object",
        "properties": [
            "text": string, "confidence": number, "bbox": points, "type": string,
            "polygon": points, "line": integer, "rotated_180": boolean,
        ],
    ]

    private static let result: JSONValue = [
        "type": "object",
        "properties": [
            "success": boolean, "text": string, "lines": ["type": "array", "items": string],
            "regions": ["type": "array", "items": region],
            "languages_detected": ["type": "array", "items": string],
            "image": ["type": "object"], "truncated": boolean, "cached": boolean,
            "statistics": ["type": "object"], "performance": ["type": "object"],
            "hailo_info": ["type": "object"],
        ],
    ]

    static let extract = Route.Description(
        "Reads the text in an image.",
        request: [
            "type": "object", "required": ["image"],
            "properties": .object(JSONObject([("image", image)] + options)),
        ],
        response: result
    )

    static let batch = Route.Description(
        "Reads the text in several images; each has its own result or error.",
        request: [
            "type": "object", "required": ["images"],
            "properties": .object(
                JSONObject([("images", ["type": "array", "items": image])] + options)
            ),
        ],
        response: [
            "type": "object",
            "properties": [
                "success": boolean, "results": ["type": "array", "items": result],
                "statistics": ["type": "object"], "performance": ["type": "object"],
            ],
        ]
    )

    static let models = Route.Description(
        "Lists the graphs and whether they are in memory.",
        response: [
            "type": "object",
            "properties": [
                "object": string, "data": ["type": "array", "items": ["type": "object"]],
            ],
        ]
    )

    static let statistics = Route.Description(
        "Tells what the result cache holds.",
        response: ["type": "object"]
    )

    static let clear = Route.Description("Empties the result cache.", response: ["type": "object"])
}

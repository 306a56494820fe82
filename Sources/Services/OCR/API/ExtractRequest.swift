internal import DeviceProtocol
internal import HTTPService
internal import JSON
internal import ServiceKit

/// The body of `POST /v1/ocr/extract`, or one item of a batch.
struct ExtractRequest {
    let image: ImageInput
    let options: ReadingOptions

    /// Reads a JSON object.
    ///
    /// `image` is a data URI or bare base64. Unknown members are ignored, as clients expect.
    init(
        _ fields: JSONFields,
        defaults: ReadingOptions,
        pool: BufferPool
    ) throws {
        options = try Self.options(fields, defaults)
        let text = try fields.text("image")
        guard let text else {
            throw HTTPError(400, code: "missing_image", "Missing 'image' parameter")
        }
        image = try ImageInput(text: text, pool: pool)
    }

    /// Reads a multipart form: the part `image` or `file`, and options as text parts.
    init(
        parts request: HTTPRequest,
        defaults: ReadingOptions,
        pool: BufferPool
    ) throws {
        guard let part = request.part("image") ?? request.part("file") else {
            throw HTTPError(400, code: "missing_image", "Missing 'image' parameter")
        }
        options = try Self.options(JSONFields(Self.object(request.parts)), defaults)
        image = try ImageInput(bytes: part.bytes, pool: pool)
    }

    /// Options, with what the request does not say taken from the defaults.
    static func options(
        _ fields: JSONFields,
        _ defaults: ReadingOptions
    ) throws -> ReadingOptions {
        var options = defaults
        let single = try fields.value("language") == nil ? nil : fields.string("language")
        for language in try fields.strings("languages") ?? single.map({ [$0] }) ?? [] {
            guard ReadingOptions.supports(language: language) else {
                let known = ReadingOptions.languages.joined(separator: ", ")
                throw HTTPError(
                    400,
                    code: "unsupported_language",
                    "the language '\(language)' is not supported; these are: \(known)"
                )
            }
        }
        if let first = try fields.strings("languages")?.first ?? single { options.language = first }
        options.recognizes = try fields.bool("enable_recognition") ?? options.recognizes
        options.turns = try fields.bool("use_direction") ?? options.turns
        options.detectionThreshold =
            try fields.double("det_threshold", in: 0.01...0.99) ?? options.detectionThreshold
        options.boxThreshold =
            try fields.double("box_threshold", in: 0...1) ?? options.boxThreshold
        options.unclipRatio =
            try fields.double("unclip_ratio", in: 0...5) ?? options.unclipRatio
        options.recognitionThreshold =
            try fields.double("rec_threshold", in: 0...1) ?? options.recognitionThreshold
        return options
    }

    /// Text parts as members, in the types that JSON would have.
    private static func object(_ parts: [MultipartPart]) -> JSONValue {
        var object = JSONObject()
        for part in parts where part.name != "image" && part.name != "file" {
            guard let text = part.text else { continue }
            switch part.name {
            case "languages", "languages[]":
                let known = object["languages"]?.arrayValue ?? []
                let more = text.split(separator: ",").map { word -> JSONValue in
                    .string(String(word.filter { $0 != " " }))
                }
                object["languages"] = .array(known + more)
            case "language":
                object[part.name] = .string(text)
            default:
                // Numbers and truth values read as JSON; anything else stays text and is refused
                // by the reader of that option.
                object[part.name] = (try? JSONValue(parsing: Array(text.utf8))) ?? .string(text)
            }
        }
        return .object(object)
    }
}

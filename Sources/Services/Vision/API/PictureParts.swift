package import JSON
package import LanguagePipeline

/// A chat request whose pictures are taken out, so that the rest reads as any other chat.
///
/// Each picture leaves a picture without content in its place, in the one form that the reader of
/// chats knows. Who develops the pictures puts them there, in order.
package struct PictureParts: Sendable {
    /// The request with empty pictures.
    package let json: JSONValue
    /// The pictures, in order.
    package private(set) var pictures: [PictureReference] = []

    /// The types of parts that people's turns have.
    private static let pictureTypes: Set = ["image_url", "image", "input_image"]

    /// Takes the pictures out of a request.
    ///
    /// - Parameter json: The request.
    /// - Throws: `Refusal` for parts of unknown types, `JSONFieldError` for those of a wrong form.
    package init(_ json: JSONValue) throws {
        guard var object = json.objectValue, let messages = object["messages"]?.arrayValue else {
            self.json = json
            return
        }
        var found: [PictureReference] = []
        object["messages"] = .array(
            try messages.enumerated().map { index, message in
                try Self.message(message, "messages[\(index)]", &found)
            }
        )
        self.json = .object(object)
        pictures = found
    }

    /// A picture without content.
    package static let empty: JSONValue = [
        "type": "image_url", "image_url": ["url": "data:image/*;base64,"],
    ]

    private static func message(
        _ message: JSONValue,
        _ path: String,
        _ pictures: inout [PictureReference]
    ) throws -> JSONValue {
        guard var object = message.objectValue, object["role"]?.stringValue == "user",
            let parts = object["content"]?.arrayValue
        else { return message }
        object["content"] = .array(
            try parts.enumerated().map { index, part in
                try Self.part(part, "\(path).content[\(index)]", &pictures)
            }
        )
        return .object(object)
    }

    private static func part(
        _ part: JSONValue,
        _ path: String,
        _ pictures: inout [PictureReference]
    ) throws -> JSONValue {
        let fields = try JSONFields(part, path: path)
        let type = try fields.require("type", fields.string("type"))
        if pictureTypes.contains(type) {
            pictures.append(try PictureReference(part, field: path))
            return empty
        }
        switch type {
        case "text": return part
        case "input_text":
            return [
                "type": "text",
                "text": .string(try fields.require("text", fields.string("text"))),
            ]
        default:
            throw Refusal(
                badRequest: "'\(path)': a part of type '\(type)' is not taken here, only 'text',"
                    + " 'image_url', 'image' and 'input_image'",
                field: "\(path).type"
            )
        }
    }
}

extension ConversationWish {
    /// Puts pictures where empty ones stand, in order.
    ///
    /// - Parameter pictures: As many as there are places.
    package mutating func fill(_ pictures: [JSONText]) {
        var rest = pictures[...]
        for index in messages.indices {
            let count = messages[index].images.count
            guard count > 0 else { continue }
            messages[index].images = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
    }
}

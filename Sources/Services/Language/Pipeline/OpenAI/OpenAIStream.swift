internal import JSON

/// The events of which OpenAI's streams consist.
enum OpenAIStream {
    /// One event.
    static func event(_ value: JSONValue) -> [UInt8] {
        Array("data: ".utf8) + value.serialized + Array("\n\n".utf8)
    }

    /// What a stream of choices ends with: its usage where that was asked for, and the mark of the end.
    ///
    /// - Parameters:
    ///   - head: The members that every chunk begins with.
    ///   - usage: The usage; nil where nobody asked for it.
    static func end(_ head: JSONObject, _ usage: OpenAIUsage?) -> [UInt8] {
        var bytes: [UInt8] = []
        if let usage {
            var object = head
            object["choices"] = []
            object["usage"] = usage.json
            bytes = event(.object(object))
        }
        return bytes + Array("data: [DONE]\n\n".utf8)
    }
}

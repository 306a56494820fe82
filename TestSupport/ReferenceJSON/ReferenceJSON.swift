internal import CJansson
package import JSON

/// JSON as jansson reads it: what our own reader is compared with.
///
/// They differ in three things: jansson takes no zero character in a member's name, limits depth
/// otherwise, at 2048, and overlooks a zero byte behind a number.
package enum ReferenceJSON {
    /// Reads one JSON value, member names distinct.
    ///
    /// - Parameter bytes: The text.
    /// - Returns: The value, or nil when jansson refuses the text.
    package static func read(_ bytes: [UInt8]) -> JSONValue? {
        let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL
        let root = unsafe bytes.withUnsafeBytes { buffer in
            let start = unsafe buffer.bindMemory(to: CChar.self).baseAddress
            return unsafe json_loadb(start, buffer.count, Int(flags), nil)
        }
        guard let root = unsafe root else { return nil }
        defer { unsafe shim_json_release(root) }
        return unsafe value(of: root)
    }

    private static func value(of node: UnsafeMutablePointer<json_t>) -> JSONValue {
        switch unsafe shim_json_type(node) {
        case JSON_OBJECT: unsafe .object(members(of: node))
        case JSON_ARRAY:
            unsafe .array(
                (0..<json_array_size(node)).map { unsafe value(of: json_array_get(node, $0)) }
            )
        case JSON_STRING:
            unsafe .string(text(json_string_value(node), json_string_length(node)))
        case JSON_INTEGER: unsafe .integer(json_integer_value(node))
        case JSON_REAL: unsafe .number(json_real_value(node))
        case JSON_TRUE: .bool(true)
        case JSON_FALSE: .bool(false)
        default: .null
        }
    }

    private static func members(of node: UnsafeMutablePointer<json_t>) -> JSONObject {
        var members: [(String, JSONValue)] = []
        var cursor = unsafe json_object_iter(node)
        while let position = unsafe cursor {
            if let name = unsafe json_object_iter_key(position),
                let value = unsafe json_object_iter_value(position)
            {
                unsafe members.append((String(cString: name), self.value(of: value)))
            }
            unsafe cursor = json_object_iter_next(node, position)
        }
        return JSONObject(members)
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        let raw = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe String(decoding: raw, as: UTF8.self)
    }
}

internal import CJansson

/// Why bytes are not acceptable JSON.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in the parser's words.
    package let reason: String
    /// Where, counted from 1; 0 when unknown.
    package let line: Int
    /// Where in the line, counted from 1; 0 when unknown.
    package let column: Int

    /// The sentence people read.
    package var description: String {
        line > 0 ? "\(reason) (line \(line), column \(column))" : reason
    }
}

extension JSONValue {
    /// Deepest nesting accepted; deeper input is refused before it can exhaust a stack.
    package static let maximumDepth = 128

    /// Parses one JSON value of RFC 8259 in UTF-8, by jansson.
    ///
    /// Refused: anything after the value, member names that occur twice, lone surrogates, numbers
    /// beyond 64 bits or the range of a double, nesting deeper than `maximumDepth`.
    ///
    /// - Parameter bytes: The text; the caller bounds its length.
    /// - Throws: `JSONError` with the position.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        let contiguous = ContiguousArray(bytes)
        let limit = Self.maximumDepth
        let result: Result<JSONValue, JSONError> = unsafe contiguous.withUnsafeBytes { buffer in
            unsafe Self.parse(buffer, limit: limit)
        }
        self = try result.get()
    }

    /// Parses one JSON value in place; see `init(parsing:)`.
    ///
    /// - Parameter buffer: The text.
    /// - Returns: The value or the reason against it.
    package static func parse(
        _ buffer: UnsafeRawBufferPointer,
        limit: Int = maximumDepth
    ) -> Result<JSONValue, JSONError> {
        guard unsafe Self.depth(of: buffer) <= limit else {
            return .failure(JSONError(reason: "nested too deeply", line: 0, column: 0))
        }
        var error = json_error_t()
        let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL
        let start = unsafe buffer.bindMemory(to: CChar.self).baseAddress
        guard let root = unsafe json_loadb(start, buffer.count, Int(flags), &error) else {
            let text = unsafe withUnsafeBytes(of: &error.text) { text in
                unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
            return .failure(
                JSONError(reason: text, line: Int(error.line), column: Int(error.column))
            )
        }
        defer { unsafe shim_json_release(root) }
        return unsafe .success(convert(root))
    }

    /// Counts open brackets outside strings; cheap, and enough to bound the parser's recursion.
    private static func depth(of buffer: UnsafeRawBufferPointer) -> Int {
        var depth = 0
        var deepest = 0
        var inString = false
        var escaped = false
        for index in buffer.indices {
            let byte = unsafe buffer[index]
            if escaped {
                escaped = false
            } else if inString {
                if byte == UInt8(ascii: "\\") { escaped = true }
                if byte == UInt8(ascii: "\"") { inString = false }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
                depth += 1
                deepest = max(deepest, depth)
            } else if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") {
                depth -= 1
            }
        }
        return deepest
    }

    private static func convert(_ node: UnsafeMutablePointer<json_t>) -> JSONValue {
        switch unsafe shim_json_type(node) {
        case JSON_OBJECT: return unsafe .object(members(of: node))
        case JSON_ARRAY:
            let count = unsafe json_array_size(node)
            var items: [JSONValue] = []
            items.reserveCapacity(count)
            for index in 0..<count {
                guard let item = unsafe json_array_get(node, index) else { continue }
                items.append(unsafe convert(item))
            }
            return .array(items)
        case JSON_STRING:
            return unsafe .string(text(json_string_value(node), json_string_length(node)))
        case JSON_INTEGER: return unsafe .integer(json_integer_value(node))
        case JSON_REAL: return unsafe .number(json_real_value(node))
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        default: return .null
        }
    }

    private static func members(of node: UnsafeMutablePointer<json_t>) -> JSONObject {
        var members: [(name: String, value: JSONValue)] = []
        members.reserveCapacity(unsafe json_object_size(node))
        var cursor = unsafe json_object_iter(node)
        while let position = unsafe cursor {
            if let name = unsafe json_object_iter_key(position),
                let value = unsafe json_object_iter_value(position)
            {
                unsafe members.append((String(cString: name), convert(value)))
            }
            unsafe cursor = json_object_iter_next(node, position)
        }
        return JSONObject(unique: members)
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        let raw = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe String(decoding: raw, as: UTF8.self)
    }
}

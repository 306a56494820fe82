internal import JSON

/// Reads JSON as models write it.
///
/// Beyond RFC 8259: of members with the same name the last one counts, whole numbers beyond 64 bits
/// lose digits, and texts may hold the ends of lines as they are.
struct WrittenJSON {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var depth = 0

    /// The value of a text; nil when it is none.
    static func value(of bytes: ArraySlice<UInt8>) -> JSONValue? {
        // Nearly every text is as it should be.
        if let value = try? JSONValue(parsing: bytes) { return value }
        var reader = WrittenJSON(bytes: bytes, position: bytes.startIndex)
        guard let value = reader.readValue() else { return nil }
        reader.skipSpace()
        return reader.position == bytes.endIndex ? value : nil
    }

    private init(bytes: ArraySlice<UInt8>, position: Int) {
        self.bytes = bytes
        self.position = position
    }

    private mutating func readValue() -> JSONValue? {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return readObject()
        case UInt8(ascii: "["): return readList()
        case UInt8(ascii: "\""): return readText().map { .string($0) }
        default: return readWord()
        }
    }

    private mutating func readObject() -> JSONValue? {
        guard descend() else { return nil }
        defer { depth -= 1 }
        var members: [(String, JSONValue)] = []
        if take(UInt8(ascii: "}")) { return [:] }
        repeat {
            skipSpace()
            guard let name = readText(), take(UInt8(ascii: ":")), let value = readValue() else {
                return nil
            }
            members.append((name, value))
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(JSONObject(members)) : nil
    }

    private mutating func readList() -> JSONValue? {
        guard descend() else { return nil }
        defer { depth -= 1 }
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return [] }
        repeat {
            guard let item = readValue() else { return nil }
            items.append(item)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .array(items) : nil
    }

    private mutating func readText() -> String? {
        guard peek == UInt8(ascii: "\"") else { return nil }
        var text = [UInt8(ascii: "\"")]
        position += 1
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                text.append(byte)
                return (try? JSONValue(parsing: text))?.stringValue
            case UInt8(ascii: "\\"):
                text.append(byte)
                guard let next = peek else { return nil }
                text.append(next)
                position += 1
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                text += (digits.utf8.count < 2 ? "\\u000" : "\\u00").utf8
                text += digits.utf8
            default: text.append(byte)
            }
        }
        return nil
    }

    /// Reads a number, `true`, `false` or `null`.
    private mutating func readWord() -> JSONValue? {
        let start = position
        while let byte = peek, !" \t\r\n,:]}".utf8.contains(byte) { position += 1 }
        let word = bytes[start..<position]
        return (try? JSONValue(parsing: word)) ?? (try? JSONValue(parsing: word + "e0".utf8))
    }

    private mutating func descend() -> Bool {
        depth += 1
        position += 1
        return depth <= JSONValue.maximumDepth
    }

    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, " \t\r\n".utf8.contains(byte) { position += 1 }
    }
}

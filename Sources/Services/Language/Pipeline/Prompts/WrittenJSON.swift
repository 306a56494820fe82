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
        guard let proper = reader.readValue() else { return nil }
        reader.skipSpace()
        return reader.position == bytes.endIndex ? try? JSONValue(parsing: proper) : nil
    }

    private init(bytes: ArraySlice<UInt8>, position: Int) {
        self.bytes = bytes
        self.position = position
    }

    // MARK: As it should have been written

    private mutating func readValue() -> [UInt8]? {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return readObject()
        case UInt8(ascii: "["): return readList()
        case UInt8(ascii: "\""): return readText()
        default: return readWord()
        }
    }

    private mutating func readObject() -> [UInt8]? {
        guard descend() else { return nil }
        defer { depth -= 1 }
        var members: [[UInt8]] = []
        // The members' places by the bytes of their names.
        var places: [[UInt8]: Int] = [:]
        if take(UInt8(ascii: "}")) { return Array("{}".utf8) }
        repeat {
            skipSpace()
            guard let text = readText(), let name = (try? JSONValue(parsing: text))?.stringValue,
                take(UInt8(ascii: ":")), let value = readValue()
            else { return nil }
            let member = text + ":".utf8 + value
            if let place = places[Array(name.utf8)] {
                members[place] = member
            } else {
                places[Array(name.utf8)] = members.count
                members.append(member)
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { return nil }
        return Array("{".utf8) + members.joined(separator: ",".utf8) + "}".utf8
    }

    private mutating func readList() -> [UInt8]? {
        guard descend() else { return nil }
        defer { depth -= 1 }
        var items: [[UInt8]] = []
        if take(UInt8(ascii: "]")) { return Array("[]".utf8) }
        repeat {
            guard let item = readValue() else { return nil }
            items.append(item)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { return nil }
        return Array("[".utf8) + items.joined(separator: ",".utf8) + "]".utf8
    }

    private mutating func readText() -> [UInt8]? {
        guard peek == UInt8(ascii: "\"") else { return nil }
        var text = [UInt8(ascii: "\"")]
        position += 1
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return text + [byte]
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
    private mutating func readWord() -> [UInt8]? {
        let start = position
        while let byte = peek, !" \t\r\n,:]}".utf8.contains(byte) { position += 1 }
        // A whole number that is too large is one with an exponent.
        return [bytes[start..<position], bytes[start..<position] + "e0".utf8]
            .first { (try? JSONValue(parsing: $0)) != nil }.map { Array($0) }
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

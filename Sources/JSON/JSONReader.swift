extension JSONValue {
    /// Deepest nesting accepted; deeper input is refused before it can exhaust a stack.
    package static let maximumDepth = 128

    /// Reads one JSON value of RFC 8259 in UTF-8.
    ///
    /// Long texts of plain ASCII become `.text`, which keeps the bytes. Refused: anything after the value, member names that occur twice, lone surrogates, numbers
    /// beyond 64 bits or the range of a double, nesting deeper than `maximumDepth`.
    ///
    /// - Parameter bytes: The text; the caller bounds its length.
    /// - Throws: `JSONError` with the position.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        let document = Array(bytes)
        let result = unsafe document.withUnsafeBytes { unsafe Self.parse($0, of: document) }
        self = try result.get()
    }

    /// Reads one JSON value in place; see `init(parsing:)`.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - document: What holds just these bytes; without it every text is copied.
    /// - Returns: The value or the reason against it.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        of document: [UInt8]? = nil
    ) -> Result<JSONValue, JSONError> {
        var reader = unsafe JSONReader(bytes, of: document)
        do throws(JSONError) {
            return .success(try reader.readDocument())
        } catch {
            return .failure(error)
        }
    }
}

/// Reads one text, in one pass over its bytes.
///
/// An image comes as one string of megabytes, so texts decide the speed: runs without escapes are
/// found many bytes at a time and go over in one piece.
// Safe: it lives only inside `parse`, whose caller keeps the bytes, and `position` stays within them.
@safe
struct JSONReader {
    let bytes: UnsafeRawBufferPointer
    let document: [UInt8]?
    let count: Int
    var position = 0
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer, of document: [UInt8]?) {
        unsafe self.bytes = bytes
        self.document = document
        count = bytes.count
    }

    mutating func readDocument() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try readValue()
        skipSpace()
        guard position == count else { throw error("nothing may follow the value") }
        return value
    }

    private mutating func readValue() throws(JSONError) -> JSONValue {
        guard let byte = peek() else { throw error("a value is missing") }
        switch byte {
        case UInt8(ascii: "\""): return try readString()
        case UInt8(ascii: "{"): return .object(try readObject())
        case UInt8(ascii: "["): return .array(try readArray())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
        case UInt8(ascii: "t"): return try read("true", as: .bool(true))
        case UInt8(ascii: "f"): return try read("false", as: .bool(false))
        case UInt8(ascii: "n"): return try read("null", as: .null)
        default: throw error("a value is expected")
        }
    }

    private mutating func read(
        _ word: StaticString,
        as value: JSONValue
    ) throws(JSONError) -> JSONValue {
        guard take(word) else { throw error("a value is expected") }
        return value
    }

    /// Goes on after a word when it is next.
    mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count - position >= length else { return false }
        for index in 0..<length
        where unsafe bytes[position + index] != word.utf8Start[index] {
            return false
        }
        position += length
        return true
    }

    // MARK: Lists and objects

    private mutating func readArray() throws(JSONError) -> [JSONValue] {
        try descend()
        defer { depth -= 1 }
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return items }
        while true {
            skipSpace()
            items.append(try readValue())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else {
                throw error("a comma or the end of the list is expected")
            }
            return items
        }
    }

    private mutating func readObject() throws(JSONError) -> JSONObject {
        try descend()
        defer { depth -= 1 }
        var members = UniqueMembers()
        if take(UInt8(ascii: "}")) { return members.object }
        while true {
            skipSpace()
            let start = position
            guard peek() == UInt8(ascii: "\"") else {
                throw error("a name in quotation marks is expected")
            }
            let name = try readName()
            guard members.isNew(name) else {
                throw error("the name '\(name)' occurs twice", at: start)
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon is expected") }
            skipSpace()
            members.append(name, try readValue())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else {
                throw error("a comma or the end of the object is expected")
            }
            return members.object
        }
    }

    /// Enters a bracket.
    private mutating func descend() throws(JSONError) {
        guard depth < JSONValue.maximumDepth else { throw error("nested too deeply") }
        depth += 1
        position += 1
        skipSpace()
    }

    // MARK: Numbers

    private mutating func readNumber() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let digits = try takeDigits()
        if digits.count > 1, unsafe bytes[digits.lowerBound] == UInt8(ascii: "0") {
            throw error("a number must not begin with zero", at: start)
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            _ = try takeDigits()
            isWhole = false
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            _ = try takeDigits()
            isWhole = false
        }
        if isWhole {
            guard let number = integer(digits, isNegative) else {
                throw error("the number is beyond 64 bits", at: start)
            }
            return .integer(number)
        }
        let text = unsafe String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw error("the number is too large", at: start)
        }
        return .number(number)
    }

    private mutating func takeDigits() throws(JSONError) -> Range<Int> {
        let start = position
        while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw error("a digit is expected") }
        return start..<position
    }

    private func integer(_ digits: Range<Int>, _ isNegative: Bool) -> Int64? {
        var magnitude: UInt64 = 0
        for index in digits {
            let digit = unsafe UInt64(bytes[index] - UInt8(ascii: "0"))
            let (tens, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(digit)
            if isTooLarge || overflows { return nil }
            magnitude = sum
        }
        if isNegative, magnitude == Int64.min.magnitude { return .min }
        return Int64(exactly: magnitude).map { isNegative ? -$0 : $0 }
    }

    // MARK: Bytes

    func peek() -> UInt8? {
        unsafe position < count ? bytes[position] : nil
    }

    /// Goes on after a byte when it is the next one.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    func error(_ reason: String, at place: Int? = nil) -> JSONError {
        let before = unsafe bytes[..<(place ?? position)]
        let line = unsafe before.count { $0 == 0x0A } + 1
        let start = unsafe before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        // Bytes that go on with a character are no column.
        let column = unsafe before[start...].count { $0 & 0xC0 != 0x80 } + 1
        return JSONError(reason: reason, line: line, column: column)
    }
}

/// Members of which no two have the same name.
private struct UniqueMembers {
    private var members: [(name: String, value: JSONValue)] = []
    /// The names as bytes, once there are too many to walk.
    private var names: Set<[UInt8]> = []
    private static let walked = 16

    var object: JSONObject { JSONObject(unique: members) }

    func isNew(_ name: String) -> Bool {
        if names.isEmpty { return !members.contains { JSONObject.isSame($0.name, name) } }
        return !names.contains(Array(name.utf8))
    }

    mutating func append(_ name: String, _ value: JSONValue) {
        members.append((name, value))
        if members.count == Self.walked {
            names = Set(members.map { Array($0.name.utf8) })
        } else if members.count > Self.walked {
            names.insert(Array(name.utf8))
        }
    }
}

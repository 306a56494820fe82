/// Goes through JSON member by member, and makes values only of what is asked for.
///
/// For answers that come thousands of times a second and of which one text counts: no names, lists or
/// values are made of the rest. Every method says with false or nil that it met something else than
/// was asked for; then all of it is to be read as a `JSONValue`, which says what is wrong. Names that
/// occur twice are not noticed.
@safe
package struct JSONCursor: ~Copyable {
    private var reader: JSONReader
    private var name = 0..<0
    private var isFirst = true
    private var isBroken = false

    private init(_ reader: JSONReader) {
        self.reader = reader
    }

    /// Goes through bytes.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - body: Uses the cursor, which stands at the start.
    package static func read<Result>(
        _ bytes: ArraySlice<UInt8>,
        _ body: (inout JSONCursor) -> Result
    ) -> Result {
        unsafe bytes.withUnsafeBytes { bytes in
            var cursor = unsafe JSONCursor(JSONReader(bytes, of: nil))
            return body(&cursor)
        }
    }

    /// Enters the object that is next.
    package mutating func enterObject() -> Bool { enter(UInt8(ascii: "{")) }

    /// Enters the list that is next.
    package mutating func enterList() -> Bool { enter(UInt8(ascii: "[")) }

    private mutating func enter(_ bracket: UInt8) -> Bool {
        reader.skipSpace()
        isFirst = true
        return reader.take(bracket)
    }

    /// Goes to the value of the object's next member; false at the object's end, which is left then.
    package mutating func nextMember() -> Bool {
        reader.skipSpace()
        defer { isFirst = false }
        if reader.take(UInt8(ascii: "}")) { return false }
        isBroken = isBroken || !takeName()
        return !isBroken
    }

    private mutating func takeName() -> Bool {
        guard isFirst || reader.take(UInt8(ascii: ",")) else { return false }
        reader.skipSpace()
        guard let range = reader.takePlainText() else { return false }
        name = range
        reader.skipSpace()
        return reader.take(UInt8(ascii: ":"))
    }

    /// Whether the present member has a name.
    ///
    /// - Parameter other: The name, in ASCII.
    package func isNamed(_ other: StaticString) -> Bool {
        guard name.count == other.utf8CodeUnitCount else { return false }
        for (index, place) in name.enumerated()
        where unsafe reader.bytes[place] != other.utf8Start[index] {
            return false
        }
        return true
    }

    /// The text that is next.
    package mutating func text() -> String? {
        reader.skipSpace()
        guard reader.peek() == UInt8(ascii: "\"") else { return nil }
        return try? reader.readName()
    }

    /// Passes over a text without escapes, a number, a truth value or null.
    package mutating func skipScalar() -> Bool {
        reader.skipSpace()
        if reader.peek() == UInt8(ascii: "\"") { return reader.takePlainText() != nil }
        let start = reader.position
        while let byte = reader.peek(), Self.isOfWord(byte) { reader.position += 1 }
        return reader.position > start
    }

    /// Passes over null.
    package mutating func skipNull() -> Bool {
        reader.skipSpace()
        return reader.take("null")
    }

    /// Leaves a list in which nothing else is.
    package mutating func leaveList() -> Bool {
        reader.skipSpace()
        return reader.take(UInt8(ascii: "]"))
    }

    /// Whether all of it was well-formed so far, and nothing is left.
    package mutating func isAtEnd() -> Bool {
        reader.skipSpace()
        return !isBroken && reader.peek() == nil
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}

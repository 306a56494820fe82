internal import CNumbers

/// Appends JSON text to bytes, without an intermediate tree.
///
/// The caller keeps the order right: a value after each name, matching ends. Commas are its own
/// business. Infinities and NaN have no JSON form and are written as `null`.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Creates an empty writer.
    ///
    /// - Parameter capacity: Bytes to reserve.
    package init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Creates a writer that goes on after other bytes.
    ///
    /// - Parameter bytes: What comes before the value.
    package init(appendingTo bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    /// Ends the writing.
    ///
    /// - Returns: Everything that was written, without a copy.
    package consuming func finish() -> [UInt8] { bytes }

    /// Opens an object.
    package mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    /// Closes an object.
    package mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    /// Opens a list.
    package mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    /// Closes a list.
    package mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name.
    ///
    /// - Parameter name: The name.
    package mutating func name(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes text.
    ///
    /// - Parameter value: The text.
    package mutating func string(_ value: String) {
        separate()
        appendQuoted(value)
    }

    /// Writes a long text.
    ///
    /// - Parameter value: The text.
    package mutating func text(_ value: JSONText) {
        separate()
        appendQuoted(value.utf8)
    }

    /// Writes a whole number.
    ///
    /// - Parameter value: The number.
    package mutating func integer(_ value: Int64) {
        separate()
        appendDigits(value)
    }

    /// Writes a number in the shortest form that reads back the same.
    ///
    /// - Parameter value: The number.
    package mutating func number(_ value: Double) {
        separate()
        append(value.isFinite ? value.description : "null")
    }

    /// Writes a single-precision number in the shortest form that reads back the same; a whole one
    /// has no fraction.
    ///
    /// - Parameter value: The number.
    package mutating func number(_ value: Float) {
        separate()
        guard value.isFinite else { return append("null") }
        unsafe appendText { unsafe numbers_float(value, $0) }
    }

    /// Writes a truth value.
    ///
    /// - Parameter value: The truth value.
    package mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    /// Writes `null`.
    package mutating func null() {
        separate()
        append("null")
    }

    /// Writes a whole value.
    ///
    /// - Parameter value: The value.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .text(let value): text(value)
        case .array(let items):
            beginArray()
            for item in items { self.value(item) }
            endArray()
        case .object(let object):
            beginObject()
            for (name, member) in object.members {
                self.name(name)
                self.value(member)
            }
            endObject()
        }
    }

    /// Writes a value that is JSON text already.
    ///
    /// - Parameter text: The text of one value.
    package mutating func written(_ text: [UInt8]) {
        separate()
        bytes += text
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// Through the text's memory: one look at it instead of one for each byte.
    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
    }

    /// Through memory of the stack: a text for each of the thousands of numbers of a vector would take
    /// twice as long.
    private mutating func appendText(_ write: (UnsafeMutablePointer<CChar>) -> Int32) {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: NUMBERS_ROOM) {
            guard let start = $0.baseAddress else { return }
            let count = unsafe Int(write(start))
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// Digit by digit: a text for each number would cost as much as all else about it.
    private mutating func appendDigits(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func appendQuoted(_ text: String) {
        appendQuoted(text.utf8)
    }

    private mutating func appendQuoted(_ utf8: some Collection<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        // Nearly every text needs no escape, and then goes over in one piece.
        if utf8.contains(where: Self.needsEscape) {
            appendEscaped(utf8)
        } else {
            bytes.append(contentsOf: utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscaped(_ utf8: some Collection<UInt8>) {
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20:
                append("\\u00")
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

extension JSONValue {
    /// The value as compact JSON text.
    package var serialized: [UInt8] {
        var writer = JSONWriter(reserving: 128)
        writer.value(self)
        return writer.bytes
    }

    /// The value as indented text for people, two spaces a level.
    package var indented: String {
        indented(by: "")
    }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        switch self {
        case .array(let items) where !items.isEmpty:
            let lines = items.map { inner + $0.indented(by: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(margin)]"
        case .object(let object) where !object.members.isEmpty:
            let lines = object.members.map { name, value in
                let quoted = String(decoding: JSONValue.string(name).serialized, as: UTF8.self)
                return "\(inner)\(quoted): \(value.indented(by: inner))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(margin)}"
        default:
            return String(decoding: serialized, as: UTF8.self)
        }
    }
}

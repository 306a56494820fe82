/// Finds the JSON objects in a text that grows.
///
/// What stands between objects does not count, but for a list's: there are only commas. Objects are
/// checked byte by byte as they come, so that prose which only begins like one is known as prose at
/// once. Each byte is looked at once, and again only behind a brace that began no object.
struct ObjectScan: Sendable {
    enum Event: Equatable {
        /// An object is complete; what is before it stands between it and the last one.
        case object(Range<Int>, before: Range<Int>)
        /// The object, or the list, that began there is none.
        case broken(at: Int)
        /// The list ended there.
        case closed(at: Int)
    }

    /// What may come next within an object.
    private enum State {
        case key, keyOrEnd, colon, value, valueOrEnd, commaOrEnd
        case text(isKey: Bool)
        case escape(isKey: Bool)
        /// A number or a word.
        case word
    }

    /// How much was looked at.
    private(set) var position: Int
    /// The end of the last object.
    private(set) var done: Int
    /// Where a list began that holds the objects; nil outside of one.
    private var list: Int?
    private var start = 0
    private var state = State.keyOrEnd
    /// The brackets that are open: whether each is an object's.
    private var open: [Bool] = []

    private static let deepest = 128

    /// Begins to look.
    ///
    /// - Parameters:
    ///   - position: The place of the first byte.
    ///   - isList: Whether that is the bracket of a list.
    init(at position: Int, isList: Bool = false) {
        self.position = position + (isList ? 1 : 0)
        done = self.position
        list = isList ? position : nil
    }

    /// Goes on with bytes that were not looked at yet.
    ///
    /// - Parameter bytes: The whole text.
    /// - Returns: What was found; nil when more bytes are needed.
    mutating func next(in bytes: [UInt8]) -> Event? {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if open.isEmpty {
                if byte == UInt8(ascii: "{") {
                    start = position - 1
                    open = [true]
                    state = .keyOrEnd
                } else if let list, let event = step(byte, in: list) {
                    return event
                }
                continue
            }
            guard step(byte) else {
                open = []
                // Another object may begin behind the brace.
                position = start + 1
                let place = list ?? start
                list = nil
                return .broken(at: place)
            }
            guard open.isEmpty else { continue }
            defer { done = position }
            return .object(start..<position, before: done..<start)
        }
        return nil
    }

    /// Forgets bytes in front of all that is still needed.
    mutating func drop(_ count: Int) {
        position -= count
        done -= count
        start -= count
        list = list.map { $0 - count }
    }

    /// Ends the demands on what stands between objects.
    mutating func leaveList() {
        list = nil
    }

    // MARK: Bytes

    private mutating func step(_ byte: UInt8, in list: Int) -> Event? {
        switch byte {
        case UInt8(ascii: ","): return nil
        case _ where Self.isSpace(byte): return nil
        case UInt8(ascii: "]"):
            self.list = nil
            return .closed(at: position - 1)
        default:
            self.list = nil
            return .broken(at: list)
        }
    }

    /// Takes a byte of an object; false when it cannot stand there.
    private mutating func step(_ byte: UInt8) -> Bool {
        switch state {
        case .text(let isKey):
            if byte == UInt8(ascii: "\\") {
                state = .escape(isKey: isKey)
            } else if byte == UInt8(ascii: "\"") {
                state = isKey ? .colon : .commaOrEnd
            }
            return true
        case .escape(let isKey):
            state = .text(isKey: isKey)
            return true
        case .word:
            if Self.isWord(byte) { return true }
            state = .commaOrEnd
            return Self.isSpace(byte) || stepAfterValue(byte)
        case _ where Self.isSpace(byte): return true
        case .key: return stepKey(byte)
        case .keyOrEnd: return byte == UInt8(ascii: "}") ? close(isObject: true) : stepKey(byte)
        case .colon:
            state = .value
            return byte == UInt8(ascii: ":")
        case .value: return stepValue(byte)
        case .valueOrEnd:
            return byte == UInt8(ascii: "]") ? close(isObject: false) : stepValue(byte)
        case .commaOrEnd: return stepAfterValue(byte)
        }
    }

    private mutating func stepKey(_ byte: UInt8) -> Bool {
        state = .text(isKey: true)
        return byte == UInt8(ascii: "\"")
    }

    private mutating func stepValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""): state = .text(isKey: false)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let isObject = byte == UInt8(ascii: "{")
            guard open.count < Self.deepest else { return false }
            open.append(isObject)
            state = isObject ? .keyOrEnd : .valueOrEnd
        default:
            state = .word
            return Self.isWord(byte)
        }
        return true
    }

    private mutating func stepAfterValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","):
            state = open.last == true ? .key : .value
            return true
        case UInt8(ascii: "}"): return close(isObject: true)
        case UInt8(ascii: "]"): return close(isObject: false)
        default: return false
        }
    }

    private mutating func close(isObject: Bool) -> Bool {
        state = .commaOrEnd
        return open.popLast() == isObject
    }

    private static func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}

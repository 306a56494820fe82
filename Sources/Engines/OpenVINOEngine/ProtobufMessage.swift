/// Steps through the fields of a Protocol Buffers message.
struct Message {
    enum Kind {
        /// A number, already stepped over.
        case scalar
        /// This many bytes, which begin at `position`.
        case bytes(Int)
    }

    private let content: [UInt8]
    private(set) var position = 0

    init(_ content: [UInt8]) {
        self.content = content
    }

    /// The next field's number and kind; nil at the end or where the message is broken.
    mutating func nextField() -> (number: UInt64, kind: Kind)? {
        guard let tag = nextNumber() else { return nil }
        switch tag & 7 {
        case 0: return nextNumber().map { _ in (tag >> 3, .scalar) }
        case 1: return skip(8) ? (tag >> 3, .scalar) : nil
        case 2:
            guard let count = nextNumber().flatMap(Int.init(exactly:)) else { return nil }
            return (tag >> 3, .bytes(count))
        case 5: return skip(4) ? (tag >> 3, .scalar) : nil
        // Groups, which ONNX has none of.
        default: return nil
        }
    }

    /// Reads a message with a key as field 1 and a value as field 2.
    static func entry(_ content: [UInt8]) -> (key: String, value: String)? {
        var message = Message(content)
        var texts: [UInt64: String] = [:]
        while message.position < content.count {
            guard let field = message.nextField() else { return nil }
            guard case .bytes(let count) = field.kind else { continue }
            let start = message.position
            guard message.skip(count) else { return nil }
            texts[field.number] = String(decoding: content[start..<start + count], as: UTF8.self)
        }
        return texts[1].map { (key: $0, value: texts[2] ?? "") }
    }

    private mutating func skip(_ count: Int) -> Bool {
        guard count <= content.count - position else { return false }
        position += count
        return true
    }

    /// A number in groups of seven bits, the lowest first.
    private mutating func nextNumber() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard position < content.count else { return nil }
            let byte = content[position]
            position += 1
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}

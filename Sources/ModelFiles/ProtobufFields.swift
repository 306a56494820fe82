/// Steps through the fields of a Protocol Buffers message inside a file.
///
/// A field's content is stepped over unless it is read before the next field is asked for. The
/// encoding: every field begins with a number whose low three bits are the kind of what follows.
struct ProtobufFields {
    /// What a field holds.
    enum Content: Hashable {
        /// A whole number.
        case number(UInt64)
        /// Four or eight bytes that stand for a number of another kind, stepped over.
        case fixed
        /// So many bytes from the reader's position on: a text, a list or a message.
        case bytes(Int)
    }

    private let reader: HeaderReader
    /// Where the message ends, in bytes from the start of the file.
    private let end: Int
    /// Where the next field begins.
    private var next: Int

    /// Reads a message of so many bytes that begins at the reader's position.
    init(_ reader: HeaderReader, count: Int) throws(HeaderError) {
        try reader.require(count)
        self.reader = reader
        next = reader.position
        end = next + count
    }

    /// The next field; nil at the end of the message.
    mutating func field() throws(HeaderError) -> (number: UInt64, content: Content)? {
        // Forwards only: whoever read a field's content stopped at its end.
        try reader.skip(next - reader.position)
        guard next < end else { return nil }
        let start = next
        let tag = try number()
        let content: Content
        switch tag & 7 {
        case 0: content = .number(try number())
        case 1: content = try fixed(8)
        case 2:
            let count = try number()
            guard let count = Int(exactly: count), count <= end - reader.position else {
                throw HeaderError(.endsEarly, at: start)
            }
            content = .bytes(count)
        case 5: content = try fixed(4)
        // Groups, which the third version of the language no longer has, and two kinds without
        // meaning.
        default: throw HeaderError(.invalid("a field of kind \(tag & 7)"), at: start)
        }
        guard reader.position <= end else { throw HeaderError(.endsEarly, at: start) }
        next = reader.position
        if case .bytes(let count) = content { next += count }
        return (tag >> 3, content)
    }

    private func fixed(_ count: Int) throws(HeaderError) -> Content {
        try reader.skip(count)
        return .fixed
    }

    /// A number in groups of seven bits, the lowest first.
    private func number() throws(HeaderError) -> UInt64 {
        let start = reader.position
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            let byte = try reader.byte()
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        throw HeaderError(.invalid("a number of more than ten bytes"), at: start)
    }
}

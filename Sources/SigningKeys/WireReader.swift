/// Reads the fields that SSH writes (RFC 4251, section 5) from bytes of anybody.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    /// Reads from the first byte on.
    init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    /// Whether every byte was read.
    var isAtEnd: Bool { rest.isEmpty }

    /// The bytes that were not read.
    var remainder: ArraySlice<UInt8> { rest }

    /// Reads so many bytes.
    mutating func bytes(_ count: Int, _ what: String) throws(SigningKeyError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .broken("it ends in the middle of \(what)") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Reads a number of 32 bits.
    mutating func number(_ what: String) throws(SigningKeyError) -> Int {
        // At most 4,294,967,295, which an `Int` holds.
        try bytes(4, what).reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads bytes whose number comes first.
    mutating func field(_ what: String) throws(SigningKeyError) -> ArraySlice<UInt8> {
        let count = try number("the length of \(what)")
        return try bytes(count, what)
    }

    /// Reads a word that people may be shown: what is not printable becomes a question mark, and
    /// what is long is cut.
    mutating func word(_ what: String) throws(SigningKeyError) -> String {
        let bytes = try field(what).prefix(64)
        return String(
            decoding: bytes.map { (33...126).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self
        )
    }
}

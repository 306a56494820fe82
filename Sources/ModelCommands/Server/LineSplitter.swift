/// Cuts bytes that come in pieces into lines.
struct LineSplitter {
    /// Most bytes of a line: 256 MiB; chosen, above what a server may answer.
    static let longest = 256 << 20

    private var rest: [UInt8] = []

    /// Takes more bytes in.
    ///
    /// - Parameter bytes: The next bytes.
    /// - Returns: The lines that have ended, without their ends; empty ones are left out.
    /// - Throws: `ServerError` when a line does not end.
    mutating func take(_ bytes: [UInt8]) throws(ServerError) -> [[UInt8]] {
        guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            rest += bytes
            guard rest.count <= Self.longest else {
                throw ServerError(.garbled, "the server sent a line that does not end")
            }
            return []
        }
        let whole = rest + bytes[..<last]
        rest = Array(bytes[(last + 1)...])
        return whole.split(separator: UInt8(ascii: "\n")).compactMap(Self.line)
    }

    /// What came after the last end of a line; nil when nothing did.
    mutating func finish() -> [UInt8]? {
        defer { rest = [] }
        return Self.line(rest[...])
    }

    private static func line(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        return line.isEmpty ? nil : Array(line)
    }
}

internal import Glibc
internal import POSIX
internal import Text

/// DESIGN. The format is OpenSSH's own (PROTOCOL.key of its sources): base64 between two lines of
/// text; in it a mark, the names of cipher and key derivation, the number of keys, the public halves,
/// and a section of the secret ones, which is encrypted unless the cipher is `none`. The section
/// begins with a number twice, by which a right password is known, and ends with the bytes 1, 2, 3 …
/// up to a whole block.
///
/// Every length is checked against what is there, and everything that is said twice must be the same.
extension SigningKey {
    /// Most bytes of a file: 64 KiB; chosen, one has 400.
    package static let longestFile = 64 << 10

    private static let begin = "-----BEGIN OPENSSH PRIVATE KEY-----"
    private static let end = "-----END OPENSSH PRIVATE KEY-----"
    private static let mark = Array("openssh-key-v1\0".utf8)
    /// Bytes of a block where nothing is encrypted.
    private static let block = 8

    /// Reads a key from a file; links are followed.
    ///
    /// - Parameter path: The file.
    /// - Returns: Nil when there is none.
    /// - Throws: `SigningKeyError`.
    package static func read(_ path: String) throws(SigningKeyError) -> SigningKey? {
        let content: [UInt8]
        do throws(SystemError) {
            // Does not wait for what only looks like a file.
            _ = try FileVersion.open(path)
            content = try Files.read(path, limit: longestFile)
        } catch {
            guard error.code == ENOENT || error.code == ENOTDIR else { throw .system(error) }
            return nil
        }
        return try SigningKey(openSSH: content)
    }

    /// Reads a key.
    ///
    /// - Parameter text: What the file holds.
    /// - Throws: `SigningKeyError`.
    package init(openSSH text: [UInt8]) throws(SigningKeyError) {
        try self.init(decoded: Self.unwrapped(text))
    }

    /// Reads a key from what the base64 of a file stands for.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `SigningKeyError`.
    package init(decoded bytes: [UInt8]) throws(SigningKeyError) {
        var reader = WireReader(bytes)
        guard bytes.starts(with: Self.mark) else { throw .notAKey }
        _ = try reader.bytes(Self.mark.count, "its mark")
        let cipher = try reader.word("the cipher")
        let derivation = try reader.word("the key derivation")
        _ = try reader.field("the key derivation's settings")
        guard cipher == "none", derivation == "none" else { throw .encrypted(cipher) }
        let count = try reader.number("the number of keys")
        guard count == 1 else { throw .several(count) }
        var outside = WireReader(try reader.field("the public half"))
        let publicHalf = try Self.publicHalf(&outside)
        guard outside.isAtEnd else { throw .broken("its public half goes on") }
        var inside = WireReader(try reader.field("the secret half"))
        guard reader.isAtEnd else { throw .broken("something follows its secret half") }
        let checks = (try inside.number("a check"), try inside.number("a check"))
        guard checks.0 == checks.1 else { throw .broken("its checks differ") }
        guard try Self.publicHalf(&inside) == publicHalf else {
            throw .broken("its public halves differ")
        }
        // The secret half, and the public one a third time.
        let both = try inside.field("the secret half")
        guard both.count == 2 * Self.length, both.dropFirst(Self.length) == publicHalf else {
            throw .broken("its halves do not belong together")
        }
        _ = try inside.field("the comment")
        let padding = inside.remainder
        guard padding.count < Self.block, padding.elementsEqual(1..<UInt8(padding.count + 1)) else {
            throw .broken("what fills its last block is not what it must be")
        }
        try self.init(publicHalf: publicHalf, secretHalf: both.prefix(Self.length))
    }

    private static func publicHalf(
        _ reader: inout WireReader
    ) throws(SigningKeyError) -> ArraySlice<UInt8> {
        let found = try reader.word("the kind")
        guard found == kind else { throw .otherKind(found) }
        let half = try reader.field("the public half")
        guard half.count == length else { throw .broken("its public half is too short or long") }
        return half
    }

    /// The bytes that stand between the two lines.
    private static func unwrapped(_ text: [UInt8]) throws(SigningKeyError) -> [UInt8] {
        let lines = text.split(whereSeparator: { $0 == 10 || $0 == 13 })
        guard text.count <= longestFile, let first = lines.first, isLine(first, begin) else {
            throw .notAKey
        }
        guard let last = lines.firstIndex(where: { isLine($0, end) }) else {
            throw .broken("its last line is missing")
        }
        let digits = Array(lines[1..<last].joined())
        guard let bytes = Base64.decoded(digits[...]) else { throw .broken("it is no base64") }
        return bytes
    }

    private static func isLine(_ line: ArraySlice<UInt8>, _ text: String) -> Bool {
        let end = line.lastIndex { $0 != 0x20 && $0 != 9 }
        return line.prefix(through: end ?? line.startIndex).elementsEqual(text.utf8)
    }
}

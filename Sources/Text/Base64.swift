/// Base64 of RFC 4648, as clients write it: line breaks allowed, padding optional.
package enum Base64 {
    /// Most bytes that a text of a length can stand for.
    ///
    /// - Parameter length: The text's length in bytes.
    package static func capacity(of length: Int) -> Int { (length + 3) / 4 * 3 }

    /// Decodes a text.
    ///
    /// - Parameter text: The text.
    /// - Returns: The bytes; nil when it is no base64.
    package static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let room = capacity(of: text.count)
        var isValid = true
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
            let decoded = unsafe text.withUnsafeBytes { digits in
                unsafe decode(digits, into: UnsafeMutableRawBufferPointer(output))
            }
            isValid = decoded != nil
            count = decoded ?? 0
        }
        return isValid ? bytes : nil
    }

    /// Decodes a text into memory.
    ///
    /// The alphabet of section 4 and the one for URLs of section 5 are both understood. Spaces and
    /// line breaks are skipped.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - output: At least `capacity(of: text.count)` bytes.
    /// - Returns: How many bytes were written, or nil when the text is not base64.
    package static func decode(
        _ text: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) -> Int? {
        precondition(output.count >= capacity(of: text.count), "the output has room")
        var bits: UInt32 = 0
        var count = 0
        var written = 0
        var padding = 0
        var index = 0
        while index < text.count {
            if count == 0, padding == 0 {
                let decoded = unsafe decodeGroups(
                    UnsafeRawBufferPointer(rebasing: text[index...]),
                    into: UnsafeMutableRawBufferPointer(rebasing: output[written...])
                )
                index += decoded * 4
                written += decoded * 3
            }
            let byte = unsafe text[index]
            index += 1
            let value = values[Int(byte)]
            if value < 64 {
                if padding > 0 { return nil }
                bits = bits << 6 | UInt32(value)
                count += 1
                if count == 4 {
                    unsafe output[written] = UInt8(truncatingIfNeeded: bits >> 16)
                    unsafe output[written + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                    unsafe output[written + 2] = UInt8(truncatingIfNeeded: bits)
                    written += 3
                    count = 0
                    bits = 0
                }
            } else if byte == UInt8(ascii: "=") {
                padding += 1
            } else if value != skipped {
                return nil
            }
        }
        // One left-over digit is no byte, and padding must complete the last group.
        guard count != 1, padding == 0 || (count + padding) == 4 else { return nil }
        if count >= 2 {
            let tail = bits << UInt32(6 * (4 - count))
            unsafe output[written] = UInt8(truncatingIfNeeded: tail >> 16)
            written += 1
            if count == 3 {
                unsafe output[written] = UInt8(truncatingIfNeeded: tail >> 8)
                written += 1
            }
        }
        return written
    }

    /// Decodes groups of four digits, two at a time, as long as there is nothing else in them.
    ///
    /// - Returns: How many groups were decoded.
    private static func decodeGroups(
        _ text: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        unsafe pairs.withUnsafeBufferPointer { pairs in
            var groups = 0
            // Three digits more than two groups have: six bytes are written as a word of eight.
            while text.count - groups * 4 > 8 + 2 {
                let digits = unsafe text.loadUnaligned(
                    fromByteOffset: groups * 4,
                    as: UInt64.self
                ).littleEndian
                let first = unsafe pairs[Int(digits & 0xFFFF)]
                let second = unsafe pairs[Int(digits >> 16 & 0xFFFF)]
                let third = unsafe pairs[Int(digits >> 32 & 0xFFFF)]
                let fourth = unsafe pairs[Int(digits >> 48)]
                guard (first | second | third | fourth) & noDigits == 0 else { break }
                let bytes =
                    UInt64(first) << 52 | UInt64(second) << 40
                    | UInt64(third) << 28 | UInt64(fourth) << 16
                unsafe output.storeBytes(
                    of: bytes.bigEndian,
                    toByteOffset: groups * 3,
                    as: UInt64.self
                )
                groups += 2
            }
            return groups
        }
    }

    private static let noDigits: UInt16 = 0x8000

    /// The twelve bits that two characters stand for, the first being the lower byte of the index.
    ///
    /// Half the look-ups of a table of single digits; the part of it that digits reach fits the
    /// first cache.
    private static let pairs: [UInt16] = (0..<65536).map { pair in
        let first = UInt16(values[pair & 0xFF])
        let second = UInt16(values[pair >> 8])
        return first < 64 && second < 64 ? first << 6 | second : noDigits
    }

    private static let skipped: UInt8 = 254

    /// The value of each byte, 254 for white space, 255 for everything else.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        for (value, byte) in digits.utf8.enumerated() { table[Int(byte)] = UInt8(value) }
        for (byte, value) in [("+", 62), ("-", 62), ("/", 63), ("_", 63)]
            as [(Unicode.Scalar, UInt8)]
        {
            table[Int(byte.value)] = value
        }
        for byte in " \r\n\t".utf8 { table[Int(byte)] = skipped }
        return table
    }()
}

/// Bytes as text for JSON.
enum Base64 {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// The text of bytes, with padding.
    static func text(_ bytes: [UInt8]) -> String {
        let length = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: length) { output in
            var place = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let rest = bytes.count - start
                let second = rest > 1 ? bytes[start + 1] : 0
                let third = rest > 2 ? bytes[start + 2] : 0
                let group = UInt32(bytes[start]) << 16 | UInt32(second) << 8 | UInt32(third)
                for index in 0..<4 {
                    let isPadding = index > rest
                    let letter = letters[Int(group >> (18 - 6 * UInt32(index)) & 63)]
                    output[place + index] = isPadding ? UInt8(ascii: "=") : letter
                }
                place += 4
            }
            return length
        }
    }
}

import Testing
import Text

@Suite struct Base64Tests {
    private func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        var output = [UInt8](repeating: 0xEE, count: Base64.capacity(of: text.count))
        let count = unsafe text.withUnsafeBytes { text in
            unsafe output.withUnsafeMutableBytes { unsafe Base64.decode(text, into: $0) }
        }
        return count.map { Array(output[..<$0]) }
    }

    /// The plain way, bit by bit.
    private func encode(_ bytes: [UInt8], alphabet: [Character]) -> String {
        var text = ""
        var bits = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
        }
        if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
        return text
    }

    private static let standard = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    )
    private static let forAddresses = Array(standard[..<62] + ["-", "_"])

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
    ])
    func decodesTheExamplesOfTheStandard(text: String, plain: String) {
        #expect(decode(text) == Array(plain.utf8))
    }

    @Test(arguments: [standard, forAddresses])
    func decodesEveryLength(alphabet: [Character]) {
        var generator = SystemRandomNumberGenerator()
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = encode(bytes, alphabet: alphabet)
            let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
            #expect(decode(text) == bytes)
            #expect(decode(text + padding) == bytes)
            #expect(decode(text + "\n" + padding + "\r\n") == bytes)
        }
    }

    @Test(arguments: [1, 4, 11, 64, 76])
    func skipsLineBreaks(width: Int) {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var text = ""
        for (index, digit) in encode(bytes, alphabet: Self.standard).enumerated() {
            if index > 0, index % width == 0 { text += "\r\n" }
            text.append(digit)
        }
        #expect(decode(text) == bytes)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 39])
    func refusesWhatIsNoDigitWhereverItStands(place: Int) {
        for wrong in ["!", "é", "\u{0}", ".", "~"] {
            let text =
                String(repeating: "A", count: place) + wrong
                + String(repeating: "A", count: 40 - place)
            #expect(decode(text) == nil)
        }
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"),
    ])
    func writesBase64(_ text: String, _ encoded: String) {
        #expect(Base64.encoded(Array(text.utf8)) == encoded)
    }

    @Test(arguments: ["A", "AAAAA", "=", "A===", "AA=", "AA===", "AAA==", "AA=A", "AAAA="])
    func refusesHalfGroups(text: String) {
        #expect(decode(text) == nil)
    }
}

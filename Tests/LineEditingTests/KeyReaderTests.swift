import Testing

@testable import LineEditing

@Suite struct KeyReaderTests {
    /// Everything that comes of bytes, whichever way they are split.
    private func characters(_ text: String, isAtEnd: Bool = true) -> String {
        var reader = KeyReader()
        var found: [UInt32] = []
        reader.take(text.utf8)
        while let character = reader.next(isAtEnd: isAtEnd) { found.append(character) }
        var single = KeyReader()
        var same: [UInt32] = []
        for byte in text.utf8 {
            single.take([byte])
            while let character = single.next(isAtEnd: false) { same.append(character) }
        }
        while let character = single.next(isAtEnd: true) { same.append(character) }
        #expect(found == same)
        return String(String.UnicodeScalarView(found.compactMap(Unicode.Scalar.init)))
    }

    private static let open = "\u{1B}[200~"
    private static let close = "\u{1B}[201~"

    @Test func handsCharactersOver() {
        #expect(characters("héllo 漢 🙂\r") == "héllo 漢 🙂\r")
        #expect(characters("\u{1B}[A\u{1B}f\u{1B}") == "\u{1B}[A\u{1B}f\u{1B}")
    }

    @Test func whatIsPastedIsOneText() {
        #expect(
            characters("a\(Self.open)b\nc\r\nd\re\tf\(Self.close)\r")
                == "ab\u{16}\nc\u{16}\nd\u{16}\ne    f\r"
        )
    }

    @Test func controlsInWhatIsPastedAreLeftOut() {
        #expect(characters("\(Self.open)a\u{3}\u{4}\u{1B}[31mb\(Self.close)c") == "a[31mbc")
    }

    @Test func brokenBytesBecomeTheMarkForThat() {
        var reader = KeyReader()
        reader.take([0xFF, 0x61, 0xC3])
        #expect(reader.next(isAtEnd: false) == 0xFFFD)
        #expect(reader.next(isAtEnd: false) == 0x61)
        #expect(reader.next(isAtEnd: false) == nil)
        #expect(reader.next(isAtEnd: true) == 0xFFFD)
        #expect(reader.isEmpty)
    }

    @Test func waitsForTheRestOfAMark() {
        var reader = KeyReader()
        reader.take(Array("\u{1B}[20".utf8))
        #expect(reader.next(isAtEnd: false) == nil)
        reader.take(Array("0~x".utf8))
        #expect(reader.next(isAtEnd: false) == 0x78)
    }
}

import Digests
import Testing

@Suite struct SHA256DigestTests {
    /// Known answers: FIPS 180-4's own examples, the empty message and a long one.
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
    )
    func digestsAreTheStandards(text: String, digits: String) {
        #expect(SHA256Digest(of: text).description == digits)
        #expect(SHA256Digest(of: text) == SHA256Digest(hexadecimal: digits.uppercased()))
    }

    @Test(arguments: [
        "", "ab", String(repeating: "g", count: 64), String(repeating: "0", count: 63),
    ])
    func onlySixtyFourDigitsAreADigest(text: String) {
        #expect(SHA256Digest(hexadecimal: text) == nil)
    }

    @Test func comparesInConstantTime() {
        let digest = SHA256Digest(of: "one")
        #expect(digest.isSame(inConstantTimeAs: SHA256Digest(of: "one")))
        #expect(!digest.isSame(inConstantTimeAs: SHA256Digest(of: "other")))
    }
}

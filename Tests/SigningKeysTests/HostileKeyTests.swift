import TestKit
import Testing
import Text

@testable import SigningKeys

/// Files that only look like keys.
@Suite struct HostileKeyTests {
    /// What a key's file says, part by part.
    private struct Parts {
        var mark = "openssh-key-v1\0"
        var cipher = "none"
        var derivation = "none"
        var count = 1
        var kinds = ("ssh-ed25519", "ssh-ed25519")
        var halves: ([UInt8], [UInt8], [UInt8])
        var secret: [UInt8]
        var checks = (7, 7)
        var padding: [UInt8] = [1, 2, 3]
        var inside: [UInt8] = []
        var outside: [UInt8] = []

        init() {
            // Those of RFC 8032, 7.1, test 1.
            let half = HostileKeyTests.bytes(
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
            )
            halves = (half, half, half)
            secret = HostileKeyTests.bytes(
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
            )
        }

        var bytes: [UInt8] {
            let open = field(kinds.0) + field(halves.0) + inside
            let closed =
                number(checks.0) + number(checks.1) + field(kinds.1) + field(halves.1)
                + field(secret + halves.2) + field("a comment") + padding
            return Array(mark.utf8) + field(cipher) + field(derivation) + field([])
                + number(count) + field(open) + field(closed) + outside
        }

        private func number(_ value: Int) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }

        private func field(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }
        private func field(_ text: String) -> [UInt8] { field(Array(text.utf8)) }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }

    private static func read(_ bytes: [UInt8]) throws(SigningKeyError) -> SigningKey {
        let lines = [
            "-----BEGIN OPENSSH PRIVATE KEY-----", Base64.encoded(bytes),
            "-----END OPENSSH PRIVATE KEY-----",
        ]
        return try SigningKey(openSSH: Array(lines.joined(separator: "\n").utf8))
    }

    private struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let expected: SigningKeyError?
        let change: @Sendable (inout Parts) -> Void

        init(
            _ name: String,
            _ expected: SigningKeyError?,
            _ change: @escaping @Sendable (inout Parts) -> Void
        ) {
            self.name = name
            self.expected = expected
            self.change = change
        }

        var testDescription: String { name }
    }

    private static let cases = [
        Case("whole", nil) { _ in },
        Case("no padding", nil) { $0.padding = [] },
        Case("another mark", .notAKey) { $0.mark = "openssh-key-v2\0" },
        Case("a cipher", .encrypted("aes256-ctr")) { $0.cipher = "aes256-ctr" },
        Case("a derivation", .encrypted("none")) { $0.derivation = "bcrypt" },
        Case("control characters", .encrypted("?[2Jx")) { $0.cipher = "\u{1B}[2Jx" },
        Case("no key", .several(0)) { $0.count = 0 },
        Case("two keys", .several(2)) { $0.count = 2 },
        Case("four billion keys", .several(4_294_967_295)) { $0.count = 4_294_967_295 },
        Case("another kind", .otherKind("ssh-rsa")) { $0.kinds.0 = "ssh-rsa" },
        Case("another kind inside", .otherKind("ssh-dss")) { $0.kinds.1 = "ssh-dss" },
        Case("a short half", .broken("its public half is too short or long")) {
            $0.halves.0.removeLast()
        },
        Case("a long half", .broken("its public half is too short or long")) {
            $0.halves.1.append(0)
        },
        Case("checks that differ", .broken("its checks differ")) { $0.checks.1 = 8 },
        Case("public halves that differ", .broken("its public halves differ")) {
            $0.halves.1[0] ^= 1
        },
        Case("a third half that differs", .broken("its halves do not belong together")) {
            $0.halves.2[31] ^= 1
        },
        Case("a secret half of somebody else", .broken("its halves do not belong together")) {
            $0.secret[0] ^= 1
        },
        Case("a short secret half", .broken("its halves do not belong together")) {
            $0.secret.removeFirst()
        },
        Case("wrong padding", .broken("what fills its last block is not what it must be")) {
            $0.padding = [1, 2, 4]
        },
        Case("a block of padding", .broken("what fills its last block is not what it must be")) {
            $0.padding = Array(1...8)
        },
        Case("more inside", .broken("its public half goes on")) { $0.inside = [0] },
        Case("more behind", .broken("something follows its secret half")) { $0.outside = [0] },
    ]

    @Test(arguments: cases)
    private func whatCannotBeTrueIsNoKey(_ sample: Case) {
        var parts = Parts()
        sample.change(&parts)
        let bytes = parts.bytes
        if let expected = sample.expected {
            #expect(throws: expected) { try Self.read(bytes) }
        } else {
            #expect(throws: Never.self) { try Self.read(bytes) }
        }
    }

    @Test func aFileThatEndsEarlyIsNoKey() {
        let bytes = Parts().bytes
        for count in 0..<bytes.count {
            #expect(throws: SigningKeyError.self) { try Self.read(Array(bytes.prefix(count))) }
        }
    }

    @Test func lengthsThatLieAreFound() {
        let bytes = Parts().bytes
        // Whatever four bytes say, there is a key or an error, and no more is read than is there.
        for index in 15..<bytes.count - 4 {
            for value: [UInt8] in [[255, 255, 255, 255], [127, 255, 255, 255], [0, 0, 0, 0]] {
                var changed = bytes
                changed.replaceSubrange(index..<index + 4, with: value)
                if let key = try? Self.read(changed) { #expect(key.publicHalf == Parts().halves.0) }
            }
        }
    }

    @Test func textThatIsNoBase64IsNoKey() throws {
        let lines = GoldenKey.text.split(separator: "\n").map(String.init)
        for middle in ["", "*", "====", String(lines[1].dropLast())] {
            let text = [lines[0], middle, lines[lines.count - 1]].joined(separator: "\n")
            #expect(throws: SigningKeyError.self) { try SigningKey(openSSH: Array(text.utf8)) }
        }
        let open = lines.dropLast().joined(separator: "\n")
        #expect(throws: SigningKeyError.broken("its last line is missing")) {
            try SigningKey(openSSH: Array(open.utf8))
        }
    }
}

import POSIX
import TestKit
import Testing
import Text

@testable import SigningKeys

@Suite struct SigningKeyTests {
    private func key(_ text: String = GoldenKey.text) throws -> SigningKey {
        try SigningKey(openSSH: Array(text.utf8))
    }

    @Test func aKeyOfOpenSSHIsRead() throws {
        let key = try key()
        #expect(key.publicText == GoldenKey.publicText)
        #expect("\(key)" == "ssh-ed25519 \(GoldenKey.publicText)")
    }

    @Test func signaturesAreThoseOfOtherPrograms() throws {
        let (text, expected) = GoldenKey.signed
        let (key, content) = (try key(), Array(text.utf8))
        let signature = key.signature(of: content)
        #expect(Base64.encoded(signature) == expected)
        #expect(SigningKey.fits(signature, content, key.publicHalf))
        #expect(!SigningKey.fits(signature, content + [0], key.publicHalf))
        #expect(!SigningKey.fits(signature.dropLast() + [0], content, key.publicHalf))
        #expect(!SigningKey.fits([], content, key.publicHalf))
        let nothing = key.signature(of: [])
        #expect(SigningKey.fits(nothing, [], key.publicHalf))
    }

    /// The vector of RFC 8032, 7.1, test 1, in which nothing is signed.
    @Test func theStandardsExampleIsRight() throws {
        func bytes(_ digits: String) -> [UInt8] {
            let digits = Array(digits)
            return stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
        }
        let key = try SigningKey(
            publicHalf: bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
            secretHalf: bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        )
        let signature = bytes(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                + "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        )
        #expect(key.signature(of: []) == signature)
    }

    @Test func nothingPrintsTheSecretHalf() throws {
        let key = try key()
        var dumped = ""
        dump(key, to: &dumped)
        // The first bytes of the secret half, as a list of numbers shows them.
        for text in [dumped, "\(key)", String(reflecting: key), "\([key])"] {
            #expect(!text.contains("secret") && !text.contains("135"))
        }
    }

    @Test func whatSurroundsTheLinesDoesNotMatter() throws {
        let lines = GoldenKey.text.split(separator: "\n")
        for end in ["\n", "\r\n", " \n", "\n\n"] {
            #expect(try key(lines.joined(separator: end) + end).publicText == GoldenKey.publicText)
        }
        #expect(try key(GoldenKey.text + "\nmore").publicText == GoldenKey.publicText)
    }

    @Test func filesSayWhatTheyAre() throws {
        let folder = TemporaryFolder()
        let path = folder.file("id_ed25519")
        #expect(try SigningKey.read(path) == nil)
        #expect(try SigningKey.read("\(path)/x") == nil)
        try Files.replace(path, with: Array(GoldenKey.text.utf8))
        #expect(try SigningKey.read(path) == key())
        #expect(try SigningKey.read("\(path)/x") == nil)
        #expect(throws: SigningKeyError.self) { try SigningKey.read(folder.path) }
        #expect(throws: SigningKeyError.self) { try SigningKey.read("/dev/zero") }
        let long = GoldenKey.text + String(repeating: "\n", count: SigningKey.longestFile)
        try Files.replace(path, with: Array(long.utf8))
        #expect(throws: SigningKeyError.self) { try SigningKey.read(path) }
        #expect(throws: SigningKeyError.notAKey) { try key(long) }
    }

    @Test func keysThatCannotBeUsedAreNamed() {
        #expect(throws: SigningKeyError.encrypted("aes256-ctr")) { try key(GoldenKey.locked) }
        #expect(throws: SigningKeyError.otherKind("ecdsa-sha2-nistp256")) {
            try key(GoldenKey.otherKind)
        }
        let named = GoldenKey.text.replacing("OPENSSH PRIVATE", with: "PRIVATE")
        for text in ["", "\n", " ", "x", named, "-----BEGIN OPENSSH PRIVATE KEY-----x"] {
            #expect(throws: SigningKeyError.notAKey) { try key(text) }
        }
    }

    private static let program = "/usr/bin/ssh-keygen"

    /// Not among the packages that tests need.
    @Test(.enabled(if: Files.size(program) != nil, "needs ssh-keygen"), .timeLimit(.minutes(1)))
    func whatSSHMakesIsRead() async throws {
        let folder = TemporaryFolder()
        let file = folder.file("id")
        let loop = try EventLoop(name: "keys-test")
        defer { loop.stop() }
        let ended = Inbox<Result<POSIX.ExitStatus, SystemError>>()
        loop.submit {
            let command = ChildCommand(
                path: Self.program,
                arguments: ["-q", "-t", "ed25519", "-N", "", "-C", "a b", "-f", file]
            )
            do throws(SystemError) {
                _ = try Spawner(loop: loop).start(command) { ended.put(.success($0)) }
            } catch {
                ended.put(.failure(error))
            }
        }
        #expect(try await ended.next().get() == .exited(0))
        let told = String(decoding: try Files.read("\(file).pub"), as: UTF8.self)
        let key = try #require(try SigningKey.read(file))
        #expect(told.hasPrefix("\(key) "))
    }
}

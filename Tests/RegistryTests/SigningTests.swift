import Digests
import HTTPClient
import ModelStore
import POSIX
import RegistryKit
import SigningKeys
import TestKit
import Testing
import Text

@testable import Registry

/// Questions for tokens that say who asks.
@Suite(.timeLimit(.minutes(5))) struct SigningTests {
    private let key: SigningKey
    private let blob = PullFixture.content(100_000)

    init() throws {
        key = try SigningKey(openSSH: Array(GoldenKey.text.utf8))
    }

    /// Whether a field is a signature of a question by the tests' key.
    private static func isSigned(_ field: String?, _ url: String) -> Bool {
        let halves = (field ?? "").split(separator: ":").map(String.init)
        guard halves.count == 2, halves[0] == GoldenKey.publicText,
            let wire = Base64.decoded(Array(halves[0].utf8)[...]),
            let signature = Base64.decoded(Array(halves[1].utf8)[...])
        else { return false }
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let content = "GET,\(url),\(Base64.encoded(Array(nothing.utf8)))"
        return SigningKey.fits(signature, Array(content.utf8), Array(wire.suffix(32)))
    }

    /// A registry that gives a token to whom `isWelcome` says.
    private static func registry(
        realm: String? = nil,
        isWelcome: @escaping @Sendable (LoopbackRegistry.Request, _ isSigned: Bool) -> Bool
    ) throws -> LoopbackRegistry {
        try LoopbackRegistry { request in
            let host = request.fields["host"] ?? ""
            if request.path == "/token" {
                let url = "http://\(host)/token?\(request.query)"
                let isSigned = isSigned(request.fields["authorization"], url)
                guard isWelcome(request, isSigned) else { return .answer(401, [], []) }
                return .answer(200, [], Array(#"{"token":"given"}"#.utf8))
            }
            if request.fields["authorization"] == "Bearer given" { return .honest }
            let realm = realm ?? "http://\(host)/token"
            let challenge = #"Bearer realm="\#(realm)",service="a b",scope="m:pull m:push""#
            return .answer(401, ["WWW-Authenticate: \(challenge)"], [])
        }
    }

    private func fixture(
        _ change: (inout RegistryTransfers.Settings) -> Void = { _ in }
    ) throws
        -> PullFixture
    {
        let key = key
        return try PullFixture { settings in
            settings.key = { key }
            change(&settings)
        }
    }

    private func questions(_ registry: LoopbackRegistry) -> [LoopbackRegistry.Request] {
        registry.requests.filter { $0.path == "/token" }
    }

    @Test func aQuestionIsSignedForWhoeverAsksForIt() async throws {
        let registry = try Self.registry { $1 }
        registry.add(model: "lib/m:t", [("application/x", blob)])
        try await fixture().pull("\(registry.host)/lib/m:t")
        let asked = try #require(questions(registry).first)
        let names = asked.query.split(separator: "&").compactMap { $0.split(separator: "=").first }
        #expect(names == ["nonce", "scope", "scope", "service", "ts"])
        #expect(asked.query.contains("&scope=m%3Apull&scope=m%3Apush&service=a%20b&ts="))
        // Nothing but the question has the signature.
        for request in registry.requests where request.path != "/token" {
            #expect(request.fields["authorization"]?.contains(GoldenKey.publicText) != true)
        }
        // Each has a number of its own.
        try await fixture().pull("\(registry.host)/lib/m:t")
        #expect(Set(questions(registry).map(\.query)).count == questions(registry).count)
    }

    @Test func pushesAreSignedToo() async throws {
        let source = try LoopbackRegistry()
        source.add(model: "lib/m:t", [("application/x", blob)])
        let registry = try Self.registry { $1 }
        let fixture = try fixture()
        try await fixture.pull("\(source.host)/lib/m:t")
        let from = try RegistryReference("\(source.host)/lib/m:t", insecure: true)
        let to = try RegistryReference("\(registry.host)/lib/m:t", insecure: true)
        _ = try fixture.writer.copy(from.name, to: to.name)
        try await fixture.push("\(registry.host)/lib/m:t")
        #expect(registry.manifest(of: "lib/m:t") != nil)
    }

    @Test func nobodyElseGetsASignature() async throws {
        let elsewhere = try Self.registry { request, _ in request.fields["authorization"] == nil }
        let registry = try Self.registry(realm: "http://\(elsewhere.host)/token") { $1 }
        registry.add(model: "lib/m:t", [("application/x", blob)])
        try await fixture().pull("\(registry.host)/lib/m:t")
        #expect(questions(elsewhere).map(\.query) == ["service=a%20b&scope=m%3Apull%20m%3Apush"])
        #expect(questions(registry).isEmpty)
    }

    @Test func aRegistryThatKnowsNoSignaturesIsAskedWithout() async throws {
        let registry = try Self.registry { request, _ in request.fields["authorization"] == nil }
        registry.add(model: "lib/m:t", [("application/x", blob)])
        try await fixture().pull("\(registry.host)/lib/m:t")
        #expect(questions(registry).count == 2)
    }

    @Test func whoIsNotWelcomeLearnsWhichKeyWasShown() async throws {
        let registry = try Self.registry { _, _ in false }
        registry.add(model: "lib/m:t", [("application/x", blob)])
        let refused = try await fixture().failure("\(registry.host)/lib/m:t")
        #expect("\(try #require(refused))".contains("'ssh-ed25519 \(GoldenKey.publicText)'"))
        let without = try await PullFixture().failure("\(registry.host)/lib/m:t")
        #expect(!"\(try #require(without))".contains("ssh-ed25519"))
        #expect(questions(registry).count == 3)
    }

    @Test func aNameAndPasswordGoBeforeAKey() async throws {
        let registry = try Self.registry { request, _ in
            request.fields["authorization"] == "Basic dTpw"
        }
        registry.add(model: "lib/m:t", [("application/x", blob)])
        let host = registry.host
        let fixture = try fixture { $0.credentials.add(user: "u", password: "p", at: host) }
        try await fixture.pull("\(registry.host)/lib/m:t")
        #expect(questions(registry).count == 1)
    }

    @Test func whatIsSignedIsWhatIsAsked() throws {
        let challenge = try #require(AuthChallenge(#"Bearer service="s",scope="x:y:pull""#))
        let nonce: [UInt8] = [0xFB, 0xEF, 0xFF] + Array(repeating: 0, count: 13)
        for (realm, start) in [
            ("https://r.example/token", "https://r.example/token?nonce="),
            ("https://r.example/token?a=b", "https://r.example/token?a=b&nonce="),
        ] {
            let question = try TokenQuestion(
                #require(WebURL(realm)),
                challenge,
                signedBy: key,
                at: 5,
                nonce: nonce
            )
            let rest = "--__AAAAAAAAAAAAAAAAAA&scope=x%3Ay%3Apull&service=s&ts=5"
            #expect(question?.url.text == start + rest)
            #expect(Self.isSigned(question?.authorization, start + rest))
            #expect(!Self.isSigned(question?.authorization, start + rest + "0"))
        }
        #expect(TokenQuestion.freshNonce() != TokenQuestion.freshNonce())
        #expect(TokenQuestion.freshNonce().count == 16)
    }
}

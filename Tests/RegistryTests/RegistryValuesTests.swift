import HTTPClient
import JSON
import ModelStore
import POSIX
import Testing

@testable import Registry

/// The pure parts: names, fields, plans, rules.
@Suite struct RegistryValuesTests {
    @Test(arguments: [
        ("m", false, "https://registry.ollama.ai/v2/library/m/manifests/latest"),
        ("n/m:t", false, "https://registry.ollama.ai/v2/n/m/manifests/t"),
        ("hf.co/U/R-GGUF:Q4_K_M", false, "https://hf.co/v2/U/R-GGUF/manifests/Q4_K_M"),
        ("https://h:5000/n/m:t", false, "https://h:5000/v2/n/m/manifests/t"),
        ("h:5000/n/m:t", true, "http://h:5000/v2/n/m/manifests/t"),
        ("http://h/n/m:t", true, "http://h/v2/n/m/manifests/t"),
        ("https://h/n/m:t", true, "https://h/v2/n/m/manifests/t"),
    ])
    func namesLeadToAddresses(_ text: String, _ insecure: Bool, _ expected: String) throws {
        let reference = try RegistryReference(text, insecure: insecure)
        #expect(try reference.url("manifests/\(reference.name.tag)").text == expected)
        #expect(reference.isInsecure == insecure)
    }

    @Test(arguments: [
        "", "..", "../m", "n/..", "../../etc/passwd", "m:..", "m:", "a/b/c/d", "n//m", "/m",
        "h:99999/n/m", "h:x/n/m", "m\u{0}", "m n", "m@sha256:1", "ftp://h/n/m", "n.s/m",
        String(repeating: "m", count: 81), "m:" + String(repeating: "t", count: 81),
        String(repeating: "h", count: 351) + "/n/m", "h?x/n/m", "u@h/n/m", "h%2e/n/m",
    ])
    func whatIsNoNameIsRefused(_ text: String) {
        for insecure in [false, true] {
            let error = #expect(throws: RegistryError.self) {
                try RegistryReference(text, insecure: insecure)
            }
            guard case .invalidName? = error else {
                Issue.record("\(text): \(error as Any)")
                continue
            }
        }
    }

    @Test func plainConnectionsMustBeAllowed() {
        let error = #expect(throws: RegistryError.self) { try RegistryReference("http://h/n/m") }
        #expect(error.map { "\($0)" } == "insecure protocol http")
    }

    @Test func challengesAreRead() throws {
        let bearer = try #require(
            AuthChallenge(#"Bearer realm="https://a/t",service="r s", scope="x:y:pull,push""#)
        )
        #expect(bearer.scheme == "bearer")
        #expect(bearer.parameters["realm"] == "https://a/t")
        #expect(bearer.parameters["service"] == "r s")
        #expect(bearer.parameters["scope"] == "x:y:pull,push")
        #expect(AuthChallenge("basic Realm=x")?.parameters == ["realm": "x"])
        #expect(AuthChallenge(#"B a="q\"u\\o", b"#)?.parameters == ["a": #"q"u\o"#])
        #expect(AuthChallenge(#"B a="never ends"#)?.parameters == ["a": "never ends"])
        #expect(AuthChallenge("") == nil)
        #expect(AuthChallenge("Negotiate")?.parameters == [:])
    }

    @Test func rangesAreRead() {
        #expect(ContentRange("bytes 0-9/10")?.range == 0..<10)
        #expect(ContentRange("Bytes 5-5/*")?.total == nil)
        #expect(ContentRange("bytes 5-5/*")?.range == 5..<6)
        for text in [
            "", "bytes", "bytes */10", "bytes 9-0/10", "bytes 0-10/10", "bytes 0-9", "x 0-9/10",
            "bytes -1-9/10", "bytes 0-9223372036854775807/*", "bytes a-b/c",
        ] {
            #expect(ContentRange(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [1, 2, 8], [1, 5 << 20, 100 << 20, 3_000_000_001])
    func everyByteIsPlannedOnce(_ streams: Int, _ size: Int) {
        let block = PartialBlob.blockSize
        var plan = RangePlan([0..<size], alignment: block, streams: streams)
        var (next, count) = (0, 0)
        while let part = plan.take(rate: count % 2 == 0 ? nil : 50_000_000) {
            #expect(part.lowerBound == next && part.lowerBound % block == 0 && !part.isEmpty)
            #expect(part.count <= RangePlan.mostPart + block)
            next = part.upperBound
            count += 1
        }
        #expect(next == size)
    }

    @Test func partsGrowWithSpeedAndEndTogether() throws {
        let size = 4_000 << 20
        var plan = RangePlan([0..<size], alignment: 1 << 19, streams: 4)
        let parts = [nil, 1000, 1e9, 1e7].compactMap { plan.take(rate: $0) }
        try #require(parts.count == 4)
        let (first, slow, fast, middle) = (parts[0], parts[1], parts[2], parts[3])
        #expect(first.count == RangePlan.firstPart)
        #expect(slow.count == RangePlan.leastPart)
        #expect(fast.count == RangePlan.mostPart)
        #expect(middle.count > RangePlan.leastPart && middle.count <= 40_000_000)
        plan.giveBack(slow)
        let again = plan.take(rate: nil)
        #expect(again?.lowerBound == slow.lowerBound)
        var small = RangePlan([0..<(40 << 20)], alignment: 1 << 19, streams: 4)
        let share = small.take(rate: 1e9)
        #expect(share?.count == 10 << 20)
    }

    @Test func pausesDoubleUpToABound() {
        var rule = RetryRule()
        rule.attempts = 10
        func pause(_ failures: Int, _ wanted: Duration? = nil) -> Duration? {
            rule.pause(after: failures, wanted: wanted, chance: 0.5)
        }
        #expect(pause(1) == .milliseconds(500))
        #expect(pause(3) == .seconds(2))
        #expect(pause(9) == .seconds(30))
        #expect(pause(10) == nil)
        #expect(pause(1, .seconds(7)) == .seconds(7))
        #expect(pause(1, .seconds(3600)) == .seconds(60))
    }

    @Test func ratesAreKept() {
        let limit = RateLimit(1_000_000)
        var now = MonotonicTime(nanoseconds: 0)
        var taken = 0
        while now.nanoseconds < 10_000_000_000 {
            if let moment = limit.take(50_000, at: now) {
                #expect(moment > now)
                now = moment
            } else {
                taken += 50_000
            }
        }
        #expect((9_500_000...10_500_000).contains(taken))
        limit.set(nil)
        #expect(limit.take(1 << 40, at: now) == nil)
    }

    @Test func streamsWaitForAPlaceInTheirOrder() async throws {
        let limit = StreamLimit(2)
        try await limit.enter()
        try await limit.enter()
        // Both are awaited below.
        let third = Task { try await limit.enter() }
        // As the third.
        let fourth = Task { try await limit.enter() }
        third.cancel()
        await #expect(throws: CancellationError.self) { try await third.value }
        await limit.leave()
        try await fourth.value
        await limit.leave()
        try await limit.enter()
    }

    @Test func progressIsWrittenAsOllamaWritesIt() throws {
        func text(_ progress: RegistryProgress) -> String {
            String(decoding: progress.json.serialized, as: UTF8.self)
        }
        #expect(text(RegistryProgress("success")) == #"{"status":"success"}"#)
        let digest = BlobDigest(of: [])
        let progress = RegistryProgress("pulling", digest, total: 7, completed: 3)
        let start = #"{"status":"pulling e3b0c44298fc","digest":"\#(digest)""#
        #expect(text(progress) == start + #","total":7,"completed":3}"#)
    }

    @Test func namesAndPasswordsAreEncoded() {
        var credentials = RegistryCredentials()
        for (user, password, text) in [
            ("u", "p", "dTpw"), ("us", "p", "dXM6cA=="), ("u", "pas", "dTpwYXM="),
        ] {
            credentials.add(user: user, password: password, at: "Host:5")
            #expect(credentials.authorization(at: "host:5") == "Basic \(text)")
        }
        #expect(credentials.authorization(at: "host") == nil)
    }
}

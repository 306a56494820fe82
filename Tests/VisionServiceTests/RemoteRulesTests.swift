import HTTPClient
import Testing

@testable import VisionService

/// Which addresses pictures may be fetched from.
struct RemoteRulesTests {
    private func rules(hosts: [String], schemes: [String] = ["https"]) -> RemoteRules {
        var rules = RemoteRules()
        (rules.hosts, rules.schemes) = (hosts, schemes)
        return rules
    }

    @Test(
        arguments: [
            ("*", "https://example.org/", true), ("example.org", "https://example.org/x", true),
            ("example.org", "https://EXAMPLE.org./x", true),
            ("Example.Org", "https://example.org/", true),
            ("example.org", "https://example.org.evil.net/", false),
            ("example.org", "https://notexample.org/", false),
            ("*.example.org", "https://a.example.org/", true),
            ("*.example.org", "https://a.b.example.org/", true),
            ("*.example.org", "https://example.org/", false),
            ("*.example.org", "https://notexample.org/", false),
            ("*", "http://example.org/", false),
        ]
    )
    func hosts(_ pattern: String, _ address: String, _ isAllowed: Bool) throws {
        let url = try #require(WebURL(address))
        #expect(rules(hosts: [pattern]).allows(url) == isAllowed)
    }

    @Test(
        arguments: [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
            "100.64.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
            "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::",
            "224.0.0.1", "255.255.255.255", "ff02::1", "::127.0.0.1",
        ]
    )
    func privateAddressesAreNotConnectedTo(_ text: String) throws {
        #expect(!RemoteRules().allows(try #require(NetworkAddress(text))))
    }

    @Test func publicAddressesAre() throws {
        for text in ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8"] {
            #expect(RemoteRules().allows(try #require(NetworkAddress(text))))
        }
    }

    @Test func networksAreAllowedBeside() throws {
        var rules = RemoteRules()
        rules.allow(["192.168.1.0/24", "fd00::/8", "10.0.0.7"])
        for (text, isAllowed) in [
            ("192.168.1.9", true), ("192.168.2.9", false), ("fd00::1", true), ("10.0.0.7", true),
            ("10.0.0.8", false), ("8.8.8.8", true),
        ] {
            #expect(rules.allows(try #require(NetworkAddress(text))) == isAllowed)
        }
    }

    @Test(arguments: ["x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "", "/8", "fd00::/129"])
    func whatIsNoNetwork(_ text: String) {
        #expect(RemoteRules.block(text) == nil)
    }
}

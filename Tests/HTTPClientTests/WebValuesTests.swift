import POSIX
import Testing

@testable import HTTPClient

/// The pure parts: addresses, heads, lines, clocks, proxies.
@Suite struct WebValuesTests {
    @Test(arguments: [
        ("http://Example.com", "http://example.com/"),
        ("https://h:443/a/b?c=d#e", "https://h/a/b?c=d"),
        ("http://h:443/", "http://h:443/"),
        ("http://0x7f.1:80/x", "http://127.0.0.1/x"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ])
    func addressesAreReadAsTheyAreConnectedTo(_ text: String, _ expected: String) throws {
        #expect(try #require(WebURL(text)).text == expected)
    }

    @Test(arguments: [
        "", "h", "/x", "ftp://h/", "file:///etc/passwd", "http://", "http://h:0/",
        "http://h:99999/",
        "http://user@h/", "http://user:secret@h/", "http://h/a\r\nB: c", "http://h/a b",
        "http://h/\u{0}", "javascript:1",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(WebURL(text) == nil)
    }

    @Test(arguments: [
        ("/x?y", "https://h:1/x?y"), ("z", "https://h:1/a/z"), ("//o/p", "https://o/p"),
        ("http://o/p", "http://o/p"), ("?q", "https://h:1/a/b?q"), ("/a b", "https://h:1/a%20b"),
    ])
    func referencesAreSeenFromWhereTheyStand(_ reference: String, _ expected: String) throws {
        let base = try #require(WebURL("https://h:1/a/b?c"))
        #expect(base.resolving(reference)?.text == expected)
        #expect(base.resolving("ftp://h/") == nil)
        #expect(base.resolving("https://u:p@h/") == nil)
    }

    @Test(
        arguments: [
            ("8.8.8.8", .everywhere), ("127.0.0.1", .machine), ("0.0.0.0", .machine),
            ("10.1.2.3", .ownNetwork), ("172.15.0.1", .everywhere), ("172.16.0.1", .ownNetwork),
            ("172.31.255.255", .ownNetwork), ("172.32.0.1", .everywhere),
            ("192.168.1.1", .ownNetwork),
            ("100.64.0.1", .ownNetwork), ("169.254.169.254", .link), ("224.0.0.1", .none),
            ("255.255.255.255", .none), ("192.0.2.7", .none), ("::1", .machine), ("::", .machine),
            ("fe80::1%eth0", .link), ("fc00::1", .ownNetwork), ("fd12::1", .ownNetwork),
            ("2a00:1450::1", .everywhere), ("2001:db8::1", .none), ("::ffff:127.0.0.1", .machine),
            ("::ffff:8.8.8.8", .everywhere), ("64:ff9b::10.0.0.1", .ownNetwork),
            ("2002:7f00:1::", .machine), ("2001::1", .none), ("ff02::1", .none),
            ("[::1]", .machine),
        ] as [(String, NetworkAddress.Reach)]
    )
    func everyAddressHasItsReach(_ text: String, _ expected: NetworkAddress.Reach) throws {
        #expect(try #require(NetworkAddress(text)).reach == expected)
    }

    @Test(arguments: ["", "x", "1.2.3", "1.2.3.4.5", "12345::", "localhost"])
    func namesAreNoAddresses(_ text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test func addressesAreWrittenAndLieInBlocks() throws {
        let address = try #require(NetworkAddress("10.20.30.40"))
        #expect("\(address)" == "10.20.30.40")
        #expect("\(try #require(NetworkAddress("2001:DB8:0::1")))" == "2001:db8::1")
        let network = try #require(NetworkAddress("10.16.0.0"))
        #expect(address.isIn(network, bits: 12))
        #expect(!address.isIn(network, bits: 14))
        #expect(address.isIn(network, bits: 0))
        #expect(!address.isIn(network, bits: 33))
        #expect(!address.isIn(try #require(NetworkAddress("::")), bits: 0))
    }

    @Test func headsAreReadLineByLine() throws {
        var reader = HeadReader()
        func take(_ line: String) throws -> HeadReader.Line { try reader.take(Array(line.utf8)) }
        #expect(try take("HTTP/1.1 100 Continue\r\n") == .more)
        #expect(try take("\r\n") == .interim)
        #expect(try take("HTTP/1.1 404 Not Found\r\n") == .more)
        #expect(try take("A:b:c  \r\n") == .more)
        #expect(try take("D:\r\n") == .more)
        let fields: WebFields = ["A": "b:c", "D": ""]
        #expect(try take("\r\n") == .end(status: 404, fields: fields))
        #expect(try take("Trailer: x\r\n") == .trailer)
    }

    @Test func headsHaveABound() throws {
        var reader = HeadReader()
        let line = Array("X: \(String(repeating: "y", count: 1000))\r\n".utf8)
        #expect(throws: WebError.self) { for _ in 0..<100 { _ = try reader.take(line) } }
    }

    @Test func fieldsAreFoundInAnyCaseAndRefusedWhereTheyBreakTheHead() {
        var fields: WebFields = ["Content-Type": "a", "X": "1", "x": "2"]
        #expect(fields["content-type"] == "a")
        #expect(fields.values(of: "X") == ["1", "2"])
        fields["X"] = "3"
        #expect(fields.values(of: "x") == ["3"])
        #expect(fields.fault == nil)
        for (name, value) in [("A", "b\r\nC: d"), ("A b", "c"), ("", "c"), ("A", "\u{0}")] {
            let broken: WebFields = [name: value]
            #expect(broken.fault != nil)
        }
    }

    @Test func linesAreCutWhereverThePiecesAre() {
        let text = "one\r\n\ntwo\nthree"
        for size in 1...text.utf8.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                splitter.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                while let line = splitter.next() {
                    lines.append(String(decoding: line, as: UTF8.self))
                }
            }
            #expect(lines == ["one", "", "two"])
            #expect(splitter.last() == Array("three".utf8))
            #expect(splitter.last() == nil)
        }
    }

    @Test func theClockTellsWhatTookTooLong() {
        func at(_ seconds: Double) -> MonotonicTime {
            MonotonicTime(nanoseconds: Int64(seconds * 1e9))
        }
        var patience = Patience()
        patience.connect = .seconds(5)
        patience.head = .seconds(10)
        patience.stall = .seconds(20)
        patience.stallRate = 100
        var clock = TransferClock(patience, at: at(0))
        #expect(clock.check(at: at(14.9)) == nil)
        #expect(clock.check(at: at(15)) == .timedOut)
        clock.connected(at: at(15))
        clock.sent(at: at(20))
        #expect(clock.next == at(30))
        #expect(clock.check(at: at(29.9)) == nil)
        #expect(clock.check(at: at(30)) == .timedOut)
        clock.gotHead(at: at(30))
        clock.received(2000)
        #expect(clock.check(at: at(50)) == nil)
        clock.received(1999)
        #expect(clock.check(at: at(69.9)) == nil)
        #expect(clock.check(at: at(70)) == .stalled)
        clock.paused()
        #expect(clock.next == nil)
        #expect(clock.check(at: at(1000)) == nil)
        clock.resumed(at: at(1000), hasHead: true)
        #expect(clock.check(at: at(1019.9)) == nil)
        #expect(clock.check(at: at(1020)) == .stalled)
        patience.total = .seconds(7)
        clock = TransferClock(patience, at: at(0))
        clock.paused()
        #expect(clock.next == at(7))
        #expect(clock.check(at: at(7)) == .timedOut)
    }

    @Test func proxiesAreChosenAsOthersChooseThem() throws {
        func rules(_ variables: [String: String]) -> ProxyRules { ProxyRules { variables[$0] } }
        func proxy(_ rules: ProxyRules, _ url: String) throws -> String? {
            rules.proxy(for: try #require(WebURL(url)))
        }
        let both = rules(["http_proxy": "p:1", "HTTPS_PROXY": "s:2", "HTTP_PROXY": "evil:3"])
        #expect(try proxy(both, "http://h/") == "p:1")
        #expect(try proxy(both, "https://h/") == "s:2")
        #expect(try proxy(rules(["HTTP_PROXY": "evil:3"]), "http://h/") == nil)
        #expect(try proxy(rules(["ALL_PROXY": "a"]), "http://h/") == "a")
        let list = "local, .corp.example,10.0.0.0/8,::1,only:81,*.star"
        let some = rules(["all_proxy": "a", "no_proxy": list])
        for (url, isDirect) in [
            ("http://local/", true), ("http://x.local/", true), ("http://notlocal/", false),
            ("http://corp.example/", true), ("http://a.corp.example/", true),
            ("http://acorp.example/", false), ("http://10.9.9.9/", true),
            ("http://11.0.0.1/", false),
            ("http://[::1]/", true), ("http://only:81/", true), ("http://only/", false),
            ("http://b.star/", true),
        ] {
            #expect((try proxy(some, url) == nil) == isDirect, "\(url)")
        }
        #expect(try proxy(rules(["all_proxy": "a", "NO_PROXY": "*"]), "http://h/") == nil)
    }
}

import DeviceProtocol
import Digests
import HTTPService
import ServiceKit
import Testing

/// What a request's headers and key say of its place in the queue.
@Suite struct RequestClaimTests {
    private static func claim(
        _ headers: HTTPHeaders = [:],
        _ key: APIKey? = nil
    ) throws -> RequestClaim {
        var request = HTTPRequest(.post, "/", id: "r")
        request.headers = headers
        request.key = key
        request.peer = "192.0.2.7"
        return try RequestClaim(request, usual: .interactive, ceiling: .interactive)
    }

    private static func key(
        ceiling: TicketClass? = nil,
        isForwarder: Bool = false,
        honoursPriority: Bool = false
    ) -> APIKey {
        APIKey(
            name: "web",
            digest: SHA256Digest(of: "secret"),
            ceiling: ceiling,
            isForwarder: isForwarder,
            honoursPriority: honoursPriority
        )
    }

    @Test(
        arguments: [
            (nil, nil, TicketClass.interactive), ("background", nil, .background),
            ("realtime", nil, .interactive), ("realtime", .realtime, .realtime),
            ("realtime", .background, .background), (nil, .background, .background),
        ] as [(String?, TicketClass?, TicketClass)]
    )
    func theClassIsTheNamedOneBelowTheCeiling(
        named: String?,
        ceiling: TicketClass?,
        expected: TicketClass
    ) throws {
        let headers: HTTPHeaders = named.map { ["X-Baton-Class": $0] } ?? [:]
        let claim = try Self.claim(headers, Self.key(ceiling: ceiling))
        #expect(claim.ticketClass == expected)
    }

    @Test func priorityCountsForKeysThatSaySo() throws {
        let headers: HTTPHeaders = ["Priority": "u=6, i"]
        #expect(try Self.claim(headers, Self.key()).ticketClass == .interactive)
        let honouring = Self.key(honoursPriority: true)
        #expect(try Self.claim(headers, honouring).ticketClass == .background)
        #expect(try Self.claim(["Priority": "nonsense"], honouring).ticketClass == .interactive)
    }

    @Test func sharesAreKeysElsePeers() throws {
        #expect(try Self.claim().key == "peer:192.0.2.7")
        #expect(try Self.claim([:], Self.key()).key == "key:web")
    }

    @Test func onlyAForwardersUsersAreSubKeys() throws {
        let headers: HTTPHeaders = ["X-OpenWebUI-User-Id": "anna"]
        #expect(try Self.claim(headers).subKey == nil)
        #expect(try Self.claim(headers, Self.key()).subKey == nil)
        let claim = try Self.claim(headers, Self.key(isForwarder: true))
        #expect(claim.key == "key:web")
        #expect(claim.subKey == "anna")
    }

    @Test(
        arguments: [
            ["X-Baton-Class": "urgent"], ["X-Baton-Deadline-Ms": "-1"],
            ["X-Baton-Deadline-Ms": "soon"], ["X-Baton-Deadline-Ms": "99999999999"],
            ["X-OpenWebUI-User-Id": ""], ["X-OpenWebUI-User-Id": "a b\u{7}"],
        ] as [HTTPHeaders]
    )
    func whatIsNotUnderstoodIsRefused(headers: HTTPHeaders) {
        let error = #expect(throws: HTTPError.self) {
            try Self.claim(headers, Self.key(isForwarder: true))
        }
        #expect(error?.status == 400)
    }
}

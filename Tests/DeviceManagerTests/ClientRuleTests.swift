import Configuration
import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import Testing

/// Who may do what, as a value.
@Suite struct ClientRuleTests {
    private let user = ClientIdentity(user: 1000, groups: [1000, 44])
    private let root = ClientIdentity(user: 0, groups: [0])

    @Test func letsRootAndTheOwnerDoEverythingByDefault() {
        let rules = ClientRules()
        #expect(rules.rights(of: root, owner: 990) == .all)
        #expect(rules.rights(of: user, owner: 1000) == .all)
        #expect(rules.rights(of: user, owner: 990) == .usual)
    }

    @Test func takesTheFirstRuleThatFits() {
        let camera = ClientRights(ceiling: .realtime, mayManage: false)
        let rules = ClientRules([
            .init(user: 2000, rights: nil), .init(user: 1000, group: 99, rights: nil),
            .init(group: 44, rights: camera), .init(rights: nil),
        ])
        #expect(rules.rights(of: user, owner: 990) == camera)
        #expect(rules.rights(of: ClientIdentity(user: 2000, groups: [44]), owner: 990) == nil)
        #expect(rules.rights(of: ClientIdentity(user: 1000, groups: [99, 44]), owner: 1) == nil)
        // A rule for everybody holds for root and the owner too.
        #expect(rules.rights(of: root, owner: 0) == nil)
    }

    private func settings(_ text: String) throws -> DeviceSettings {
        let reader = ConfigurationReader(parsing: Array(text.utf8), name: "device.yaml")
        let settings = DeviceSettings(reader, cores: 2)
        try reader.finish()
        return settings
    }

    @Test func isReadFromTheConfiguration() throws {
        let read = try settings(
            """
            clients:
              connections: 10
              connections_per_user: 3
              tickets_per_connection: 4
              requests_per_connection: 5
              engine_connections_per_ticket: 6
              rules:
                - user: root
                  class_ceiling: background
                - group: 44
                  allow: false
                - may_manage: yes
            """
        )
        #expect(
            read.clientRules
                == ClientRules([
                    .init(user: 0, rights: ClientRights(ceiling: .background, mayManage: false)),
                    .init(group: 44, rights: nil),
                    .init(rights: ClientRights(ceiling: .interactive, mayManage: true)),
                ])
        )
        var limits = ClientLimits()
        limits.connections = 10
        limits.connectionsPerUser = 3
        limits.ticketsPerConnection = 4
        limits.requestsPerConnection = 5
        limits.engineConnectionsPerTicket = 6
        #expect(read.clientLimits == limits)
        #expect(try settings("").clientRules == ClientRules())
    }

    @Test(arguments: [
        ("- user: nobody-of-this-name", "clients.rules[0].user"),
        ("- user: -1", "clients.rules[0].user"), ("- group: [1]", "clients.rules[0].group"),
        ("- class_ceiling: urgent", "clients.rules[0].class_ceiling"),
        ("- class: realtime", "clients.rules[0].class"), ("- allow: 7", "clients.rules[0].allow"),
    ])
    func refusesRulesThatAreWrong(rule: String, key: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try settings("clients:\n  rules:\n    \(rule)\n")
        }
        #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
}

/// The rules at work.
@Suite(.timeLimit(.minutes(1))) struct ClientRightTests {
    private func world(_ rights: ClientRights?) async throws -> ManagerWorld {
        try await ManagerWorld(["a": [:]]) {
            $0.clientRules = ClientRules([.init(user: CurrentProcess.user, rights: rights)])
        }
    }

    @Test func lowersTheClassToTheCeilingAndSaysSo() async throws {
        let world = try await world(ClientRights(ceiling: .interactive, mayManage: false))
        for (wish, counts) in [
            (TicketClass.realtime, TicketClass.interactive), (.interactive, .interactive),
            (.background, .background),
        ] {
            try await world.client.withTicket(models: ["a"], ticketClass: wish) { grant in
                #expect(grant.ticketClass == counts)
                let report = try await world.client.status()
                #expect(
                    report["tickets"]?.arrayValue?.first?["class"]?.stringValue == counts.rawValue
                )
            }
        }
    }

    @Test func refusesManagementToWhoMayNot() async throws {
        let world = try await world(ClientRights(ceiling: .realtime, mayManage: false))
        let peer = try world.peer()
        for action in ["load", "unload", "pin"] {
            let reply = await peer.ask([
                "action": .string(action), "model": "a", "pinned": true, "request_id": 1,
            ])
            #expect(reply?.code == "forbidden")
        }
        #expect(try await world.model("a")["pinned"] == false)
    }

    @Test func tellsWhoMayNotConnectWhy() async throws {
        let world = try await world(nil)
        let peer = try world.peer()
        let last = await peer.next()
        #expect(last?["event"] == "closed")
        #expect(last?.code == "forbidden")
        #expect(await peer.next() == nil)
        let error = await #expect(throws: DeviceError.self) { try await world.client.ping() }
        #expect(error?.code == .forbidden)
    }

    @Test func showsEveryClient() async throws {
        let world = try await world(ClientRights(ceiling: .background, mayManage: false))
        try await world.client.withTicket(models: ["a"], ticketClass: .interactive) { _ in
            let clients = try await world.client.status()["clients"]?.arrayValue
            #expect(
                clients == [
                    [
                        "name": "test", "uid": .init(CurrentProcess.user),
                        "pid": .init(CurrentProcess.id), "tickets": 1,
                        "class_ceiling": "background", "may_manage": false,
                    ]
                ]
            )
        }
    }
}

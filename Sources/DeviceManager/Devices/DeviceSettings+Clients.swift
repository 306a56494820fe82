internal import Configuration
internal import DeviceProtocol

/// The section `clients` of `device.yaml`.
extension DeviceSettings {
    static func clients(_ section: ConfigurationReader) -> (ClientLimits, ClientRules) {
        (limits(section), ClientRules(section.items("rules", about: rulesAbout).map(rule)))
    }

    private static let rulesAbout =
        "Who may do what on the device socket; the first that fits counts."

    private static func limits(_ section: ConfigurationReader) -> ClientLimits {
        var limits = ClientLimits()
        limits.connections = section.integer(
            "connections",
            default: limits.connections,
            in: 1...100_000,
            about: "Most clients at once."
        )
        limits.connectionsPerUser = section.integer(
            "connections_per_user",
            default: limits.connectionsPerUser,
            in: 1...100_000,
            about: "Most clients of one user at once."
        )
        limits.ticketsPerConnection = section.integer(
            "tickets_per_connection",
            default: limits.ticketsPerConnection,
            in: 1...100_000,
            about: "Most tickets of one client at once."
        )
        limits.requestsPerConnection = section.integer(
            "requests_per_connection",
            default: limits.requestsPerConnection,
            in: 1...100_000,
            about: "Most requests of one client that wait for their answer."
        )
        limits.engineConnectionsPerTicket = section.integer(
            "engine_connections_per_ticket",
            default: limits.engineConnectionsPerTicket,
            in: 1...1000,
            about: "Most connections to one HTTP engine under one ticket."
        )
        return limits
    }

    private static func rule(_ section: ConfigurationReader) -> ClientRules.Rule {
        let isAllowed = section.bool("allow", default: true, about: "Whether it may connect.")
        let rights = ClientRights(
            ceiling: section.choice(
                "class_ceiling",
                default: ClientRights.usual.ceiling,
                about: "The highest class of its tickets."
            ),
            mayManage: section.bool(
                "may_manage",
                default: ClientRights.usual.mayManage,
                about: "Whether it may load, unload and pin models."
            )
        )
        return ClientRules.Rule(
            user: section.user("user", about: "The user that it fits, by name or number."),
            group: section.group("group", about: "The group that it fits, by name or number."),
            rights: isAllowed ? rights : nil
        )
    }
}

package import CommandLine
package import JSON

/// The device manager's report as tables, for those who read it on a terminal.
package struct StatusTables: Sendable {
    /// Devices, and who has the baton.
    package let devices: Table
    /// Models, and where they stand.
    package let models: Table
    /// Programs on the device socket.
    package let clients: Table
    /// Tickets, and what each of them waits for; nil when there is none.
    package let tickets: Table?

    /// Reads a report.
    ///
    /// - Parameter report: What `status` answers; what lacks is shown as "-".
    package init(_ report: JSONValue) {
        devices = Self.devices(report["devices"]?.arrayValue ?? [])
        models = Self.models(report["models"]?.arrayValue ?? [])
        clients = Self.clients(report["clients"]?.arrayValue ?? [])
        let live = report["tickets"]?.arrayValue ?? []
        tickets = live.isEmpty ? nil : Self.tickets(live)
    }

    private static func devices(_ list: [JSONValue]) -> Table {
        var table = Table([
            ("DEVICE", .left), ("TURNS", .left), ("MEMORY", .right), ("BUDGET", .right),
            ("BATON", .left),
        ])
        for device in list {
            let holders = device["baton"].names
            table.add([
                device["name"].text, device["turn_rule"].text, device["used_bytes"].megabytes,
                device["budget_bytes"].megabytes,
                holders.isEmpty ? "-" : holders.joined(separator: " "),
            ])
        }
        return table
    }

    private static func models(_ list: [JSONValue]) -> Table {
        var table = Table([
            ("MODEL", .left), ("ENGINE", .left), ("DEVICE", .left), ("STATE", .left),
            ("MEMORY", .right), ("PID", .right), ("NOTE", .left),
        ])
        for model in list {
            table.add([
                model["name"].text, model["engine"].text, model["device"].text,
                model["state"].text, model["bytes"].megabytes, model["pid"].text, note(model),
            ])
        }
        return table
    }

    private static func clients(_ list: [JSONValue]) -> Table {
        var table = Table([
            ("CLIENT", .left), ("UID", .right), ("PID", .right), ("TICKETS", .right),
        ])
        for client in list {
            table.add([
                client["name"].text, client["uid"].text, client["pid"].text,
                client["tickets"].text,
            ])
        }
        return table
    }

    private static func tickets(_ list: [JSONValue]) -> Table {
        var table = Table([
            ("TICKET", .right), ("CLIENT", .left), ("KEY", .left), ("MODELS", .left),
            ("CLASS", .left), ("STATE", .left), ("AGE", .right), ("HELD", .right),
            ("DONE", .right), ("WAITS FOR", .left),
        ])
        for ticket in list {
            let isStopped = ticket["stopped"] == true
            table.add([
                ticket["ticket"].text, ticket["client"].text, ticket["key"].text,
                ticket["models"].names.joined(separator: " "), ticket["class"].text,
                isStopped ? "stopped" : ticket["state"].text, ticket["age_ms"].time,
                ticket["held_ms"].time, progress(ticket["progress"]), WaitText.describe(ticket),
            ])
        }
        return table
    }

    private static func note(_ model: JSONValue) -> String {
        var notes: [String] = []
        if model["simulated"] == true { notes.append("SIMULATED") }
        if model["pinned"] == true { notes.append("pinned") }
        if model["stopped"] == true { notes.append("stopped") }
        let gaps = model["sandbox"]?["missing"]?.arrayValue ?? []
        if !gaps.isEmpty {
            let names = gaps.compactMap { $0["protection"]?.stringValue }
            notes.append("without " + names.joined(separator: " "))
        }
        if let reason = model["last_failure"]?.stringValue { notes.append(reason) }
        return notes.isEmpty ? "-" : notes.joined(separator: ", ")
    }

    private static func progress(_ value: JSONValue?) -> String {
        guard let done = value?["done"]?.integerValue else { return "-" }
        return value?["total"]?.integerValue.map { "\(done)/\($0)" } ?? "\(done)"
    }
}

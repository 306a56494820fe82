import CommandLine
import DeviceClient
import DeviceProtocol
import JSON

/// `baton status [--json] [--follow]`: devices, models and tickets, and what happens to them.
enum StatusVerb {
    static let verb = Verb(
        "status",
        "show devices, models and tickets",
        options: [
            .flag("json", "print everything as JSON"),
            .flag("follow", "then print what happens, a line each, until the manager ends"),
        ]
    ) { values in
        let client = try DeviceSocket.client()
        do {
            // Before the report, so that nothing is missed in between.
            let events = values.has("follow") ? try await client.events() : nil
            show(try await client.status(), asJSON: values.has("json"))
            if let events { try await EventLines.print(events, asJSON: values.has("json")) }
        } catch let error as DeviceError {
            Terminal.writeError("baton status: \(error.message)\n")
            return 1
        }
        return 0
    }

    private static func show(_ report: JSONValue, asJSON: Bool) {
        Terminal.write(asJSON ? report.indented + "\n" : text(report, for: .output))
    }

    private static func text(_ report: JSONValue, for terminal: Terminal) -> String {
        var devices = Table([
            ("DEVICE", .left), ("TURNS", .left), ("MEMORY", .right), ("BUDGET", .right),
            ("BATON", .left),
        ])
        for device in report["devices"]?.arrayValue ?? [] {
            let holders = device["baton"]?.arrayValue?.compactMap(\.stringValue) ?? []
            devices.add([
                string(device["name"]), string(device["turn_rule"]),
                megabytes(device["used_bytes"]), megabytes(device["budget_bytes"]),
                holders.isEmpty ? "-" : holders.joined(separator: " "),
            ])
        }
        var models = Table([
            ("MODEL", .left), ("ENGINE", .left), ("DEVICE", .left), ("STATE", .left),
            ("MEMORY", .right), ("PID", .right), ("NOTE", .left),
        ])
        for model in report["models"]?.arrayValue ?? [] {
            models.add([
                string(model["name"]), string(model["engine"]), string(model["device"]),
                string(model["state"]), megabytes(model["bytes"]),
                model["pid"]?.integerValue.map { "\($0)" } ?? "-", note(model),
            ])
        }
        var tickets = Table([
            ("TICKET", .right), ("CLIENT", .left), ("MODELS", .left), ("CLASS", .left),
            ("STATE", .left), ("AGE", .right), ("HELD", .right), ("DONE", .right),
        ])
        let live = report["tickets"]?.arrayValue ?? []
        for ticket in live {
            let names = ticket["models"]?.arrayValue?.compactMap(\.stringValue) ?? []
            tickets.add([
                "\(ticket["ticket"]?.integerValue ?? 0)", string(ticket["client"]),
                names.joined(separator: " "), string(ticket["class"]), string(ticket["state"]),
                "\(ticket["age_ms"]?.integerValue ?? 0) ms",
                "\(ticket["held_ms"]?.integerValue ?? 0) ms", progress(ticket["progress"]),
            ])
        }
        var clients = Table([
            ("CLIENT", .left), ("UID", .right), ("PID", .right), ("TICKETS", .right),
        ])
        for client in report["clients"]?.arrayValue ?? [] {
            clients.add([
                string(client["name"]), "\(client["uid"]?.integerValue ?? 0)",
                "\(client["pid"]?.integerValue ?? 0)", "\(client["tickets"]?.integerValue ?? 0)",
            ])
        }
        let all = [devices, models, clients].map { $0.rendered(for: terminal) }
        return (live.isEmpty ? all : all + [tickets.rendered(for: terminal)])
            .joined(separator: "\n")
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

    private static func string(_ value: JSONValue?) -> String { value?.stringValue ?? "-" }

    private static func megabytes(_ value: JSONValue?) -> String {
        let bytes = value?.integerValue ?? 0
        return bytes == 0 ? "-" : "\(bytes / 1_000_000) MB"
    }
}

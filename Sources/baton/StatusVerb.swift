import CommandLine
import DeviceClient
import DeviceProtocol
import JSON

/// `baton status [--json]`: devices, models and tickets.
enum StatusVerb {
    static let verb = Verb(
        "status",
        "show devices, models and tickets",
        options: [.flag("json", "print everything as JSON")]
    ) { values in
        let client = try DeviceSocket.client()
        let report: JSONValue
        do {
            report = try await client.status()
        } catch let error as DeviceError {
            Terminal.writeError("baton status: \(error.message)\n")
            return 1
        }
        if values.has("json") {
            Terminal.write(report.indented + "\n")
        } else {
            Terminal.write(text(report, for: .output))
        }
        return 0
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
            ("STATE", .left), ("AGE", .right), ("HELD", .right),
        ])
        let live = report["tickets"]?.arrayValue ?? []
        for ticket in live {
            let names = ticket["models"]?.arrayValue?.compactMap(\.stringValue) ?? []
            tickets.add([
                "\(ticket["ticket"]?.integerValue ?? 0)", string(ticket["client"]),
                names.joined(separator: " "), string(ticket["class"]), string(ticket["state"]),
                "\(ticket["age_ms"]?.integerValue ?? 0) ms",
                "\(ticket["held_ms"]?.integerValue ?? 0) ms",
            ])
        }
        let all = [devices.rendered(for: terminal), models.rendered(for: terminal)]
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

    private static func string(_ value: JSONValue?) -> String { value?.stringValue ?? "-" }

    private static func megabytes(_ value: JSONValue?) -> String {
        let bytes = value?.integerValue ?? 0
        return bytes == 0 ? "-" : "\(bytes / 1_000_000) MB"
    }
}

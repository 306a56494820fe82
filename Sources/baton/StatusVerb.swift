import CommandLine
import DeviceClient
import DeviceProtocol
import JSON
import StatusText

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
        guard !asJSON else { return Terminal.write(report.indented + "\n") }
        let tables = StatusTables(report)
        let all = [tables.devices, tables.models, tables.clients, tables.tickets]
        Terminal.write(all.compactMap { $0?.rendered(for: .output) }.joined(separator: "\n"))
    }
}

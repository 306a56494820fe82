import CommandLine
import DeviceClient
import JSON
import StatusText

/// The events of the device manager as lines for people or, one object a line, for programs.
enum EventLines {
    /// Prints events as they come.
    ///
    /// - Throws: `DeviceError` when the manager has gone.
    static func print(
        _ events: AsyncThrowingStream<DeviceEvent, any Error>,
        asJSON: Bool
    ) async throws {
        for try await event in events {
            if asJSON {
                Terminal.write(String(decoding: event.json.serialized, as: UTF8.self) + "\n")
            } else {
                if event.dropped > 0 { Terminal.write("(\(event.dropped) events dropped)\n") }
                Terminal.write(line(.object(event.members)) + "\n")
            }
        }
    }

    private static func line(_ event: JSONValue) -> String {
        switch event["event"]?.stringValue {
        case "model":
            let reason = event["reason"]?.stringValue.map { ": \($0)" } ?? ""
            return "model \(event["model"].text) \(event["state"].text)\(reason)"
        case "device":
            let used = (event["used_bytes"]?.integerValue ?? 0) / 1_000_000
            let baton = event["baton"].names.joined(separator: " ")
            return
                "device \(event["device"].text) baton \(baton.isEmpty ? "-" : baton), \(used) MB"
        case "progress":
            let total = event["total"]?.integerValue.map { " of \($0)" } ?? ""
            return "ticket \(event["ticket"].text) done \(event["done"].text)\(total)"
        default:
            let outcome = event["outcome"]?.stringValue.map { " (\($0))" } ?? ""
            let models = event["models"].names.joined(separator: " ")
            return "ticket \(event["ticket"].text) \(event["state"].text)\(outcome):"
                + " \(models), \(event["class"].text), \(event["key"].text)"
        }
    }
}

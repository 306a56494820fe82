import CommandLine
import DeviceClient
import JSON

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
                var members = event.members
                if event.dropped > 0 { members["dropped"] = JSONValue(event.dropped) }
                let line = JSONValue.object(members).serialized
                Terminal.write(String(decoding: line, as: UTF8.self) + "\n")
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
            return "model \(text(event["model"])) \(text(event["state"]))\(reason)"
        case "device":
            let used = (event["used_bytes"]?.integerValue ?? 0) / 1_000_000
            let baton = list(event["baton"])
            return
                "device \(text(event["device"])) baton \(baton.isEmpty ? "-" : baton), \(used) MB"
        case "progress":
            let total = event["total"]?.integerValue.map { " of \($0)" } ?? ""
            return "ticket \(text(event["ticket"])) done \(text(event["done"]))\(total)"
        default:
            let outcome = event["outcome"]?.stringValue.map { " (\($0))" } ?? ""
            return "ticket \(text(event["ticket"])) \(text(event["state"]))\(outcome):"
                + " \(list(event["models"])), \(text(event["class"])), \(text(event["key"]))"
        }
    }

    private static func text(_ value: JSONValue?) -> String {
        value?.stringValue ?? value?.integerValue.map { "\($0)" } ?? "-"
    }

    private static func list(_ value: JSONValue?) -> String {
        (value?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: " ")
    }
}

internal import JSON

/// What a ticket waits for, in a few words.
enum WaitText {
    static func describe(_ ticket: JSONValue) -> String {
        guard let wait = ticket["waits_for"], let reason = wait["reason"]?.stringValue else {
            return "-"
        }
        var text = words(reason, wait["models"].names.joined(separator: " "), wait)
        if let until = wait["until_ms"]?.integerValue {
            // For memory it is the time in which others may go first, not the wait.
            let limit = reason == "memory" ? ", others first for at most " : ", at most "
            text += limit + milliseconds(until)
        } else if let rest = rest(of: ticket) {
            text += ", about " + milliseconds(rest)
        }
        if let deadline = ticket["deadline_ms"]?.integerValue {
            text += ", gives up in " + milliseconds(deadline)
        }
        return text
    }

    private static func words(_ reason: String, _ models: String, _ wait: JSONValue) -> String {
        switch reason {
        case "pause": "\(models) to be tried again after its failure"
        case "memory": "memory for \(models)"
        case "unload": "\(models) to leave and come back"
        case "load": "\(models) to load"
        case "closing": "\(models), which leaves for another model"
        case "queue": "others of its models (\(wait["others"]?.integerValue ?? 0))"
        case "slot": "a slot of \(models)"
        case "turn": models.isEmpty ? "its turn" : "the turn of \(models)"
        default: reason
        }
    }

    /// What is left of the wait that was predicted; nil when nothing was, or it is over.
    private static func rest(of ticket: JSONValue) -> Int? {
        guard let predicted = ticket["predicted_wait_ms"]?.integerValue,
            let age = ticket["age_ms"]?.integerValue, predicted > age
        else { return nil }
        return predicted - age
    }

    /// A time as people read it, in the unit in which it has few digits.
    static func milliseconds(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) ms"
        case ..<10_000: "\(count / 1000).\(count / 100 % 10) s"
        case ..<600_000: "\(count / 1000) s"
        case ..<7_200_000: "\(count / 60_000) min"
        default: "\(count / 3_600_000) h"
        }
    }
}

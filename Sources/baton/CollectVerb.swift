import CommandLine
import Configuration
import Conversations
import JSON
import ModelCommands
import ModelStore
import POSIX

/// `baton gc`: takes away what no model of the store needs.
enum CollectVerb {
    static let verb = Verb(
        "gc",
        "remove what no model of the store needs",
        details: """
            Blobs that no manifest names, pulls that were not finished, and what killed programs \
            left behind; conversations that a service kept and did not come back for. What somebody \
            works with stays.
            """,
        options: [
            Option(
                "older-than",
                .duration,
                placeholder: "TIME",
                default: "1h",
                "leave what was changed since"
            ),
            .flag("dry-run", short: "n", "tell only"),
            .flag("conversations", "also those that a running service keeps"),
            Option(
                "store",
                placeholder: "FOLDER",
                completion: .files,
                "the store; without it the first one that the language service has"
            ),
            Option(
                "format",
                .choice(["table", "json"]),
                placeholder: "FORMAT",
                default: "table",
                "how it is printed"
            ),
        ]
    ) { values in
        let folder = try ModelStores.own(values.string("store"))
        let isDryRun = values.has("dry-run")
        guard Files.isFolder(folder) else {
            Terminal.writeError("baton gc: there is no store at '\(folder)'\n")
            return 1
        }
        let garbage = try ModelStores.writer(folder).collect(
            minimumAge: values.duration("older-than") ?? .seconds(3600),
            isDryRun: isDryRun
        )
        let leftovers = ConversationFolder.collect(
            in: "\(try Folders().state)/conversations",
            olderThan: values.duration("older-than") ?? .seconds(3600),
            isDryRun: isDryRun,
            evenInUse: values.has("conversations")
        )
        if values.string("format") == "json" {
            Terminal.write(json(garbage, leftovers, folder, isDryRun).indented + "\n")
        } else {
            show(garbage, leftovers, folder, isDryRun)
        }
        return garbage.items.allSatisfy { $0.problem == nil } && garbage.unread.isEmpty ? 0 : 1
    }

    private static func show(
        _ garbage: Garbage,
        _ leftovers: [ConversationFolder.Leftover],
        _ folder: String,
        _ isDryRun: Bool
    ) {
        let word = isDryRun ? "would remove" : "removed"
        for item in garbage.items {
            if let problem = item.problem {
                Terminal.writeError("could not remove '\(item.place)': \(problem)\n")
            } else {
                Terminal.write("\(word) \(item.place) (\(Amounts.bytes(item.bytes)))\n")
            }
        }
        for problem in garbage.unread {
            Terminal.writeError("blobs were not looked at, because of \(problem)\n")
        }
        for file in leftovers {
            Terminal.write("\(word) \(file.path) (\(Amounts.bytes(file.bytes)))\n")
        }
        let count = garbage.items.count { $0.problem == nil }
        let files = count == 1 ? "1 file" : "\(count) files"
        Terminal.write("\(folder): \(word) \(files), \(Amounts.bytes(garbage.bytes))\n")
    }

    private static func json(
        _ garbage: Garbage,
        _ leftovers: [ConversationFolder.Leftover],
        _ folder: String,
        _ isDryRun: Bool
    ) -> JSONValue {
        let items = garbage.items.map { item -> JSONValue in
            var object: JSONObject = [
                "place": .string(item.place), "kind": .string("\(item.kind)"),
                "bytes": JSONValue(item.bytes),
            ]
            object["problem"] = item.problem.map { .string("\($0)") }
            return .object(object)
        }
        return [
            "store": .string(folder), "dry_run": .bool(isDryRun), "items": .array(items),
            "bytes": JSONValue(garbage.bytes),
            "unread": .array(garbage.unread.map { .string("\($0)") }),
            "conversations": .array(
                leftovers.map { ["place": .string($0.path), "bytes": JSONValue($0.bytes)] }
            ),
        ]
    }
}

import CommandLine
import JSON
import ModelCommands
import ModelStore
import POSIX

/// `baton verify-store`: whether models are whole.
enum VerifyStoreVerb {
    static let verb = Verb(
        "verify-store",
        "check that models are whole",
        details: """
            Manifests can be read, blobs are there, and their content is what their names say. \
            Nothing is changed. Exit code: 0 when everything is whole, 1 when something is not.
            """,
        options: [
            .flag("quick", "look at lengths alone, and read no content"),
            Option(
                "store",
                placeholder: "FOLDER",
                completion: .files,
                "the store; without it all that the language service has"
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
        let asked = values.string("store").map { [$0] }
        let folders = try (asked ?? ModelStores.folders()).filter(Files.isFolder)
        guard !folders.isEmpty else {
            Terminal.writeError("baton verify-store: there is no store\n")
            return 1
        }
        var isClean = true
        var results: [JSONValue] = []
        for folder in folders {
            let result = try verify(folder, readsContent: !values.has("quick"))
            isClean = isClean && result.isClean
            if values.string("format") == "json" {
                results.append(json(result, folder))
            } else {
                show(result, folder)
            }
        }
        if values.string("format") == "json" {
            Terminal.write(JSONValue.object(["stores": .array(results)]).indented + "\n")
        }
        return isClean ? 0 : 1
    }

    private static func verify(_ folder: String, readsContent: Bool) throws -> Verification {
        let display = TransferDisplay("checking \(folder):")
        defer { display.end() }
        return try ModelStores.writer(folder).verify(readsContent: readsContent) { step in
            display.show(completed: step.done, total: step.total)
            return true
        }
    }

    private static func show(_ result: Verification, _ folder: String) {
        for model in result.models where !model.problems.isEmpty {
            Terminal.write("\(model.name?.short ?? model.place): not whole\n")
            for problem in model.problems { Terminal.write("  \(problem)\n") }
        }
        let broken = result.models.count { !$0.problems.isEmpty }
        let count = result.models.count
        Terminal.write(
            "\(folder): \(count - broken) of \(count) models are whole, \(result.checked) blobs read\n"
        )
    }

    private static func json(_ result: Verification, _ folder: String) -> JSONValue {
        let models = result.models.map { model -> JSONValue in
            [
                "name": .string(model.name?.short ?? model.place), "place": .string(model.place),
                "problems": .array(model.problems.map { .string("\($0)") }),
            ]
        }
        return [
            "store": .string(folder), "clean": .bool(result.isClean),
            "checked_blobs": JSONValue(result.checked), "models": .array(models),
        ]
    }
}

internal import CommandLine
internal import JSON

/// `show MODEL`: what a model is, or one part of it.
enum ShowVerb {
    /// The parts that can be shown alone: how the option and the answer's member are called.
    static let parts = ["license", "modelfile", "parameters", "system", "template"]

    static func verb(_ caller: Caller) -> Verb {
        Verb(
            "show",
            "show what a model is",
            options: parts.map { .flag($0, "show its \($0) alone") } + [
                .flag("verbose", short: "v", "show its metadata and tensors too"),
                VerbOptions.format,
            ],
            positionals: [VerbOptions.model]
        ) { values in
            let asked = parts.filter(values.has)
            guard asked.count <= 1 else {
                let names = parts.map { "'--\($0)'" }.joined(separator: ", ")
                throw VerbError("only one of \(names) can be given")
            }
            let model = values.required("MODEL")
            let isVerbose = values.has("verbose")
            let shown = try await caller.server().show(model, isVerbose: isVerbose)
            if let part = asked.first {
                let text = shown[part]?.stringValue ?? ""
                Terminal.write(text.isEmpty || text.hasSuffix("\n") ? text : text + "\n")
            } else if VerbOptions.isJSON(values) {
                Terminal.write(shown.indented + "\n")
            } else {
                Terminal.write(ShowText.text(shown, isVerbose: isVerbose))
            }
            return 0
        }
    }
}

internal import Modelfile
internal import POSIX

/// Which files and which model a Modelfile is about, found on this machine.
struct ModelSources: Hashable {
    /// Another model's name; nil where files are the source.
    private(set) var model: String?
    /// Files of weights and what goes with them.
    private(set) var files: [String] = []
    /// Files of weights that are added.
    private(set) var adapters: [String] = []
    /// Files of a small model that guesses ahead.
    private(set) var drafts: [String] = []

    /// What of a folder goes with weights that must be converted.
    private static let companions = [".json", ".model", ".jinja", ".txt"]

    /// Looks for what a recipe names.
    ///
    /// - Parameters:
    ///   - recipe: The Modelfile.
    ///   - folder: Where relative paths begin: the Modelfile's own folder.
    ///   - home: What a tilde stands for.
    /// - Throws: `VerbError` that names what is not there.
    init(_ recipe: ModelRecipe, folder: String, home: String?) throws {
        for source in recipe.sources {
            let path = Self.path(source, folder, home)
            if Files.size(path) != nil {
                files += try Self.files(at: path)
            } else if Self.isFile(source) {
                throw VerbError("FROM names '\(source)', and there is no file '\(path)'")
            } else if model != nil {
                throw VerbError("only one model can be named by FROM: '\(source)' is another")
            } else {
                model = source
            }
        }
        adapters = try recipe.adapters.flatMap { source in
            try Self.existing(source, "ADAPTER", folder, home)
        }
        drafts = try recipe.drafts.flatMap { source in
            try Self.existing(source, "DRAFT", folder, home)
        }
    }

    /// All files, each once.
    var all: [String] {
        var seen: Set<String> = []
        return (files + adapters + drafts).filter { seen.insert($0).inserted }
    }

    private static func existing(
        _ source: String,
        _ word: String,
        _ folder: String,
        _ home: String?
    ) throws -> [String] {
        let path = path(source, folder, home)
        guard Files.size(path) != nil else {
            throw VerbError("\(word) names '\(source)', and there is no file '\(path)'")
        }
        return try files(at: path)
    }

    /// A file, or those of a folder that make a model.
    private static func files(at path: String) throws -> [String] {
        guard Files.isFolder(path) else { return [path] }
        let names = Files.names(in: path)
        let ready = names.filter { $0.hasSuffix(".gguf") }
        if !ready.isEmpty { return ready.map { "\(path)/\($0)" } }
        let weights = names.filter { $0.hasSuffix(".safetensors") }
        guard !weights.isEmpty else {
            throw VerbError("'\(path)' has no files of weights (.gguf or .safetensors)")
        }
        let rest = names.filter { name in companions.contains(where: name.hasSuffix) }
        return (weights + rest).map { "\(path)/\($0)" }
    }

    /// Whether a source can only be meant as a path.
    private static func isFile(_ source: String) -> Bool {
        ["/", "./", "../", "~/"].contains(where: source.hasPrefix) || source.hasSuffix(".gguf")
            || source == "." || source == ".."
    }

    private static func path(_ source: String, _ folder: String, _ home: String?) -> String {
        if source.hasPrefix("/") { return source }
        if source.hasPrefix("~/"), let home { return home + source.dropFirst() }
        return "\(folder)/\(source)"
    }
}

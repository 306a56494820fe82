package import Configuration
internal import Modelfile
internal import ModelStore

/// Short names for models, of files that people write.
///
/// ```yaml
/// models:
///   tiny:
///     about: a small model for first steps
///     license: apache-2.0
///     from: hf.co/user/repo:Q4_K_M
///   tinier:1b:
///     license: mit
///     files:
///     - url: https://example.org/model.gguf
///       sha256: 5f…
///       size: 700MB
///     modelfile: |
///       PARAMETER num_ctx 2048
/// ```
package struct Catalogue: Sendable {
    /// All entries, in the order of the files; of two with one name the first counts.
    package private(set) var entries: [CatalogueEntry] = []

    /// Largest file that can be named: 1 TiB, as for blobs that are sent.
    private static let largestFile = 1 << 40

    /// An empty catalogue.
    package init() {}

    /// The entries of `catalogue.yaml` among the configuration, then those that come with Baton.
    ///
    /// - Throws: `ConfigurationError` for a file that is not right.
    package static func installed() throws(ConfigurationError) -> Catalogue {
        var catalogue = Catalogue()
        let own = try ConfigurationFile.locate(service: "catalogue").reader()
        catalogue.add(own)
        try own.finish()
        guard let path = Programs.catalogue else { return catalogue }
        let shipped = try ConfigurationFile.locate(service: "catalogue", explicit: path).reader()
        catalogue.add(shipped)
        try shipped.finish()
        return catalogue
    }

    /// Adds a file's entries.
    ///
    /// - Parameter reader: The file; the caller ends the reading, which throws what is wrong in it.
    package mutating func add(_ reader: ConfigurationReader) {
        for (name, section) in reader.sections("models", about: "Short names for models.") {
            guard let entry = Self.entry(name, section), self.entry(named: name) == nil else {
                continue
            }
            entries.append(entry)
        }
    }

    /// The entry of a name, in any case; nil when there is none.
    ///
    /// - Parameter name: As a client writes it; only names without host and owner can be in here.
    package func entry(named name: String) -> CatalogueEntry? {
        guard let name = ModelName(name) else { return nil }
        return entries.first { $0.name == name }
    }

    /// Reads an entry; nil, and a report to the reader, when it makes no sense.
    private static func entry(
        _ text: String,
        _ section: ConfigurationReader
    ) -> CatalogueEntry? {
        let about = section.string("about", default: "", about: "One line about it.")
        let license = section.string("license", default: nil, about: "Its licence.")
        let from = section.string(
            "from",
            default: "",
            form: "a model's name, such as hf.co/user/repo:Q4_K_M",
            about: "The model at a registry.",
            where: { $0.isEmpty || ModelName($0) != nil }
        )
        let files = section.items("files", about: "Files of which it is made.").map(file)
        let instructions = section.string(
            "modelfile",
            default: "",
            about: "More instructions for a model of files, as in a Modelfile, without FROM."
        )
        guard let name = ModelName(text), !name.short.contains("/") else {
            section.refuse("from", "the entry's name must be a model's without host and owner")
            return nil
        }
        guard from.isEmpty != files.isEmpty else {
            section.refuse("files", "either 'from' or 'files' is needed")
            return nil
        }
        guard let recipe = recipe(instructions, section) else { return nil }
        let given = files.compactMap { $0 }
        guard given.count == files.count else { return nil }
        return CatalogueEntry(
            name: name,
            about: about,
            license: license,
            source: from.isEmpty ? .files(given) : .registry(from),
            recipe: recipe
        )
    }

    /// What instructions say; nil, and a report, when they cannot be understood.
    private static func recipe(
        _ instructions: String,
        _ section: ConfigurationReader
    ) -> ModelRecipe? {
        do throws(ModelfileError) {
            return try ModelRecipe(Modelfile(parsing: Array("FROM files\n\(instructions)".utf8)))
        } catch {
            section.refuse("modelfile", "\(error)")
            return nil
        }
    }

    private static func file(_ section: ConfigurationReader) -> CatalogueEntry.File? {
        let url = section.string(
            "url",
            default: "",
            form: "an address with https:// or http://",
            about: "Where the file is.",
            where: { $0.hasPrefix("https://") || $0.hasPrefix("http://") }
        )
        let sum = section.string(
            "sha256",
            default: "",
            form: "64 hexadecimal digits",
            about: "What its bytes must be.",
            where: { BlobDigest("sha256:\($0)") != nil }
        )
        let size = section.bytes(
            "size",
            default: 0,
            in: 1...largestFile,
            about: "How many bytes it has."
        )
        guard let digest = BlobDigest("sha256:\(sum)"), size > 0 else { return nil }
        return CatalogueEntry.File(url: url, digest: digest, size: size)
    }
}

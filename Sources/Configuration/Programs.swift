internal import POSIX

/// Where Baton's own programs and models lie.
///
/// In a checkout they are beside each other; installed, `baton` is in `bin` and the others in
/// `lib/baton`, models in `share/baton/models`.
package enum Programs {
    /// A program's file.
    ///
    /// - Parameter name: "baton-media".
    /// - Throws: `ConfigurationError` when it is in neither place.
    package static func path(of name: String) throws(ConfigurationError) -> String {
        let prefix = Environment.value("BATON_ENGINE_PREFIX").map { ["\($0)/bin/\(name)"] } ?? []
        let installed = [
            "\(folder)/../lib/baton/\(name)", "\(folder)/../lib/baton/engines/\(name)",
        ]
        let candidates = ["\(folder)/\(name)"] + installed + prefix
        guard let found = candidates.first(where: Files.isExecutable) else {
            let places = candidates.joined(separator: "' or '")
            throw ConfigurationError(source: name, "the program is missing: no '\(places)'")
        }
        return found
    }

    /// Folders of installed models, the first one first; they need not exist.
    package static var modelFolders: [String] {
        let prefix = Environment.value("BATON_ENGINE_PREFIX").map { ["\($0)/models"] } ?? []
        return prefix + ["\(folder)/../share/baton/models"]
    }

    /// The store of models that come with Baton; it need not exist.
    package static var modelStore: String {
        Environment.value("BATON_MODEL_STORE") ?? "\(folder)/../share/baton/store"
    }

    /// The catalogue of models that comes with Baton; nil where it is not installed.
    package static var catalogue: String? {
        // In a checkout, programs are three folders deep: `.build`, the machine, the kind of build.
        let places = ["\(folder)/../share/baton", "\(folder)/../../../packaging"]
        return places.map { "\($0)/catalogue.yaml" }.first { Files.size($0) != nil }
    }

    /// Folders of the engines' libraries that exist, as engines' run paths name them.
    package static var libraryFolders: [String] {
        let prefix = Environment.value("BATON_ENGINE_PREFIX").map { ["\($0)/lib"] } ?? []
        let installed = ["\(folder)/../lib/baton/engines", "\(folder)/engines"]
        return (installed + prefix).filter(Files.isFolder)
    }

    private static var folder: String {
        let program = Files.executable
        return program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
    }
}

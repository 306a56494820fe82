import Configuration
import LanguageService
import ModelCommands
import ModelStore
import POSIX

/// The folders of models, found as the language service finds them.
enum ModelStores {
    /// All of them, the first one first; they need not exist.
    static func folders() throws -> [String] {
        let reader = try ConfigurationFile.locate(service: "language").reader()
        let settings = ServiceCatalogue.languageSettings(reader)
        try reader.finish()
        return settings.stores
    }

    /// The folder that is changed: the one that was asked for, or the first one.
    static func own(_ asked: String?) throws -> String {
        if let asked { return asked }
        guard let first = try folders().first else {
            throw ConfigurationError(source: "language", "no folder of models is configured")
        }
        return first
    }

    /// Prepares to look into a store, or to change it.
    static func writer(_ folder: String) -> StoreWriter {
        StoreWriter(ModelStore(path: folder) { _ in nil })
    }
}

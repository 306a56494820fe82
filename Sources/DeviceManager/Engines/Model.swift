package import JSON
package import ModelFiles
internal import POSIX

/// A named artefact that an engine can load: one graph or several (a bundle).
package struct Model: Sendable, Hashable {
    /// Its name, unique in the catalogue.
    package let name: String
    /// Which engine loads it: "openvino", "simulated".
    package let engine: String
    /// The files by the names that requests use.
    package let graphs: [String: String]
    /// The folder that holds the files and what they refer to, and nothing of other models; nil when
    /// the files stand by themselves.
    package let folder: String?
    /// Parameters for the engine; the engine refuses what it does not know.
    package var settings: JSONObject
    /// Under which licence it may be used, as an SPDX expression; nil when unknown.
    package let license: String?

    /// Describes a model.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - engine: Which engine loads it.
    ///   - graphs: The files by graph name.
    ///   - folder: The folder that holds the files and what they refer to.
    ///   - settings: Parameters for the engine.
    ///   - license: Its licence.
    package init(
        name: String,
        engine: String,
        graphs: [String: String],
        folder: String? = nil,
        settings: JSONObject = [:],
        license: String? = nil
    ) {
        self.name = name
        self.engine = engine
        self.graphs = graphs
        self.folder = folder
        self.settings = settings
        self.license = license
    }

    /// Its name as the name of a folder that no other model has.
    ///
    /// A name comes with a model and may hold what leads elsewhere: `../..`.
    var folderName: String {
        name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            return isPlain || "-_".contains(character)
                ? String(character) : "%" + String(byte, radix: 16)
        }.joined()
    }

    /// What it will take before it was ever loaded; reads the headers of its files.
    package var footprint: Footprint {
        let arguments = settings["arguments"]?.arrayValue?.compactMap(\.stringValue)
        let how = arguments.map(Footprint.Settings.init(arguments:)) ?? Footprint.Settings()
        return Footprint.estimate(files: graphs.values.sorted(), settings: how)
    }
}

/// The models that the manager knows, read from `model.json` files.
package enum ModelCatalogue {
    /// A description that cannot be used.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// The file.
        package let path: String
        /// What is wrong with it.
        package let reason: String

        /// The sentence people read.
        package var description: String { "\(path): \(reason)" }
    }

    /// Reads every `FOLDER/NAME/model.json`.
    ///
    /// - Parameter folders: Searched in order; the first model of a name counts.
    /// - Returns: The models by name, and what could not be used.
    package static func read(_ folders: [String]) -> (models: [Model], problems: [Problem]) {
        var models: [Model] = []
        var problems: [Problem] = []
        for folder in folders {
            for name in Files.names(in: folder) {
                let path = "\(folder)/\(name)/model.json"
                guard Files.size(path) != nil else { continue }
                do {
                    let model = try model(at: path, in: "\(folder)/\(name)")
                    if !models.contains(where: { $0.name == model.name }) { models.append(model) }
                } catch {
                    problems.append(Problem(path: path, reason: "\(error)"))
                }
            }
        }
        return (models.sorted { $0.name < $1.name }, problems)
    }

    private static func model(at path: String, in folder: String) throws -> Model {
        let fields = try JSONFields(JSONValue(parsing: Files.read(path, limit: 1 << 20)))
        let name = try fields.require("name", fields.string("name"))
        let engine = try fields.require("engine", fields.string("engine"))
        guard let list = try fields.fields("graphs") else {
            throw JSONFieldError(path: "graphs", reason: "is missing")
        }
        var graphs: [String: String] = [:]
        for (graph, value) in list.object.members {
            let file = try JSONFields(value, path: "graphs.\(graph)")
            let relative = try file.require("file", file.string("file"))
            // A description names files beside itself, never elsewhere on the machine.
            guard !relative.hasPrefix("/"), !relative.split(separator: "/").contains("..") else {
                throw file.error("file", "must lie in the model's own folder")
            }
            graphs[graph] = "\(folder)/\(relative)"
        }
        let settings = try fields.fields("settings")?.object ?? [:]
        return Model(
            name: name,
            engine: engine,
            graphs: graphs,
            folder: folder,
            settings: settings,
            license: try fields.string("license")
        )
    }
}

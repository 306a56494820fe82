package import JSON
internal import POSIX

/// All that a model is made of: the paths of its files, and its texts.
package struct ModelContents: Sendable, Hashable {
    /// The configuration; an empty one when it cannot be read.
    package var config = ModelConfig()
    /// The weights; several for a split model, in the manifest's order.
    package var modelPaths: [String] = []
    /// What turns pictures or sound into what the model reads.
    package var projectorPaths: [String] = []
    /// Weights that are added to the model's.
    package var adapterPaths: [String] = []
    /// A small model that guesses ahead.
    package var draftPath: String?
    /// How a conversation becomes a prompt.
    package var template: String?
    /// What the model is told before every conversation.
    package var system: String?
    /// Parameters for every request.
    package var parameters: JSONObject = [:]
    /// The start of every conversation.
    package var messages: [StoredMessage] = []
    /// The licences.
    package var licenses: [String] = []
    /// What is missing or cannot be read; what it would have said is left out, paths are not.
    package var problems: [StoreProblem] = []

    /// Makes contents of nothing.
    package init() {}
}

extension ModelStore {
    /// Most bytes of all texts of a model together: 64 MiB; chosen, four of the longest.
    private static let mostBytes = 4 * StoreFiles.longestText

    /// All that a model is made of.
    ///
    /// Reads its configuration and texts each time; of its other files only whether they are there
    /// with the length that the manifest names.
    ///
    /// - Parameter model: A model of this store.
    package func contents(of model: StoredModel) -> ModelContents {
        var contents = ModelContents()
        contents.config = config(of: model, &contents.problems)
        var room = Self.mostBytes
        for layer in model.manifest.layers {
            do throws(StoreProblem) {
                try take(layer, into: &contents, &room)
            } catch {
                contents.problems.append(error)
            }
        }
        return contents
    }

    private func take(
        _ layer: ManifestLayer,
        into contents: inout ModelContents,
        _ room: inout Int
    ) throws(StoreProblem) {
        let place = files.place(of: layer.digest)
        switch layer.kind {
        case .model: contents.modelPaths.append(files.path(place))
        case .projector: contents.projectorPaths.append(files.path(place))
        case .adapter: contents.adapterPaths.append(files.path(place))
        case .draft: contents.draftPath = files.path(place)
        case .template, .prompt: contents.template = try text(place, &room)
        case .system: contents.system = try text(place, &room)
        case .license: contents.licenses.append(try text(place, &room))
        case .params: contents.parameters = try files.object(place)
        case .messages: contents.messages += try messages(place)
        case .embed, .tensor, .json, nil: break
        }
        switch layer.kind {
        case .model, .projector, .adapter, .draft, .tensor: try check(layer, place)
        default: break
        }
    }

    private func text(_ place: String, _ room: inout Int) throws(StoreProblem) -> String {
        let size = FileVersion.current(of: files.path(place))?.size ?? 0
        guard size <= room else {
            throw StoreProblem(place, .tooLarge(bytes: size, most: room))
        }
        room -= size
        return try files.text(place)
    }

    private func messages(_ place: String) throws(StoreProblem) -> [StoredMessage] {
        guard case .array(let list) = try files.json(place) else {
            throw StoreProblem(place, .invalid("it must be a list of messages"))
        }
        var messages: [StoredMessage] = []
        for item in list {
            guard let role = item["role"]?.stringValue else {
                throw StoreProblem(place, .invalid("a message has no role"))
            }
            let content = item["content"]?.stringValue ?? ""
            messages.append(StoredMessage(role: role, content: content))
        }
        return messages
    }

    /// Makes sure that a large file is there, and whole.
    private func check(_ layer: ManifestLayer, _ place: String) throws(StoreProblem) {
        guard let version = FileVersion.current(of: files.path(place)) else {
            throw StoreProblem(place, files.isMissing(place) ? .missing : .notAFile)
        }
        guard version.size == layer.size else {
            let sizes = "it has \(version.size) bytes, its manifest says \(layer.size)"
            throw StoreProblem(place, .invalid("\(sizes); pull the model again"))
        }
    }
}

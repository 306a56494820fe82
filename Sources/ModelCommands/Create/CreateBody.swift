internal import JSON
internal import Modelfile

/// The request that makes a model of a Modelfile.
enum CreateBody {
    /// The body.
    ///
    /// - Parameters:
    ///   - name: What the model is called.
    ///   - recipe: The Modelfile.
    ///   - sources: What it is about.
    ///   - digests: The digests of its files, by path.
    ///   - quantization: How the weights shall be stored; nil leaves them.
    /// - Throws: `VerbError` when two files have one name.
    static func json(
        _ name: String,
        _ recipe: ModelRecipe,
        _ sources: ModelSources,
        digests: [String: String],
        quantization: String?
    ) throws -> JSONValue {
        var body: JSONObject = ["model": .string(name)]
        body["from"] = sources.model.map { .string($0) }
        body["files"] = try files(sources.files, digests)
        body["adapters"] = try files(sources.adapters, digests)
        body["draft_files"] = try files(sources.drafts, digests)
        body["template"] = recipe.template.map { .string($0) }
        body["system"] = recipe.system.map { .string($0) }
        if !recipe.licenses.isEmpty { body["license"] = texts(recipe.licenses) }
        if !recipe.parameters.members.isEmpty { body["parameters"] = .object(recipe.parameters) }
        if !recipe.messages.isEmpty {
            body["messages"] = .array(
                recipe.messages.map { message in
                    ["role": .string(message.role), "content": .string(message.content)]
                }
            )
        }
        body["renderer"] = recipe.renderer.map { .string($0) }
        body["parser"] = recipe.parser.map { .string($0) }
        body["requires"] = recipe.requires.map { .string($0) }
        body["quantize"] = quantization.map { .string($0) }
        return .object(body)
    }

    /// Files by the last part of their paths, which is all that the server learns of them.
    private static func files(
        _ paths: [String],
        _ digests: [String: String]
    ) throws -> JSONValue? {
        var object: JSONObject = [:]
        for path in paths {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            guard let digest = digests[path] else { continue }
            guard object[name] == nil || object[name] == .string(digest) else {
                throw VerbError("two different files are called '\(name)'; rename one")
            }
            object[name] = .string(digest)
        }
        return object.members.isEmpty ? nil : .object(object)
    }

    private static func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
}

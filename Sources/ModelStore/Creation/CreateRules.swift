internal import JSON
internal import Modelfile

/// What must hold of a request before anything is looked at.
enum CreateRules {
    /// Finds the first mistake.
    ///
    /// - Throws: `StoreError.refused`, in the words that clients of Ollama know where there are
    ///   some.
    static func check(
        _ request: CreateRequest,
        isTemplate: (String) -> Bool
    ) throws(StoreError) {
        if request.from == nil {
            guard let files = request.files else {
                throw .refused("neither 'from' or 'files' was specified")
            }
            guard !files.isEmpty else { throw .refused("no files provided to convert") }
        }
        guard request.adapters.count <= 1 else {
            throw .refused("only one adapter is currently supported")
        }
        for file in (request.files ?? []) + request.adapters + request.drafts {
            guard isRelative(file.name) else { throw .refused("file path must be relative") }
            guard !file.name.lowercased().hasSuffix(".safetensors") else {
                throw .refused(
                    "'\(file.name)' is a safetensors file, which is not read here; make a GGUF file"
                        + " of it with llama.cpp's convert_hf_to_gguf.py first"
                )
            }
        }
        if let template = request.template, !template.isEmpty, !isTemplate(template) {
            throw .refused("template error: the template cannot be understood")
        }
        if let message = request.messages.first(where: { !Modelfile.roles.contains($0.role) }) {
            let reason = ModelfileError.Reason.unknownRole
            throw .refused("\(reason), not \"\(message.role)\"")
        }
        if let type = request.quantization, Quantization.type(type) == nil {
            throw .refused("unknown quantization type '\(type)'")
        }
        _ = try version(request.requires)
        try checkInfo(request.info)
    }

    /// A version as configurations have it.
    static func version(_ text: String?) throws(StoreError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        do throws(ModelfileError) {
            return try ModelRecipe.version(text)
        } catch {
            throw .refused("\(error)")
        }
    }

    /// Whether a path stays below where it begins: no part is empty, "." or "..".
    static func isRelative(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".."
        }
    }

    /// What a configuration calls the things that a request may say of a model.
    static let infoNames = [
        "capabilities": "capabilities", "model_family": "model_family", "base_name": "base_name",
        "quantization_level": "file_type", "parameter_size": "model_type",
        "context_length": "context_length", "embedding_length": "embedding_length",
    ]

    private static func checkInfo(_ info: JSONObject) throws(StoreError) {
        for (name, value) in info.members where infoNames[name] != nil && !value.isNull {
            let isRight =
                switch name {
                case "capabilities": value.arrayValue?.allSatisfy { $0.stringValue != nil } ?? false
                case "context_length", "embedding_length":
                    value.integerValue.map { $0 >= 0 } ?? false
                default: value.stringValue != nil
                }
            guard isRight else { throw .refused("'info.\(name)' is of the wrong type") }
        }
    }
}

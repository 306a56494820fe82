internal import JSON
internal import ModelFiles

/// A layer of a model that is being made.
struct NewLayer {
    /// What it is for; nil for media types that are not known here.
    let kind: ManifestLayer.Kind?
    /// The media type as it is written.
    let mediaType: String
    /// The blob.
    let digest: BlobDigest
    /// The blob's bytes.
    let size: Int
    /// The model that it was taken over from.
    var from: String?
    /// The name of a file or tensor.
    var name: String?
    /// What a GGUF file says before its weights; nil for texts.
    var file: GGUFDescription?

    /// Makes a layer of a blob.
    init(_ kind: ManifestLayer.Kind, _ digest: BlobDigest, size: Int, file: GGUFDescription? = nil)
    {
        self.kind = kind
        mediaType = kind.mediaType
        self.digest = digest
        self.size = size
        self.file = file
    }

    /// Takes another model's layer over.
    init(_ layer: ManifestLayer, of model: ModelName) {
        kind = layer.kind
        mediaType = layer.mediaType
        digest = layer.digest
        size = layer.size
        from = model.short
        name = layer.name
    }

    /// As a manifest has it.
    var json: JSONValue {
        var object: JSONObject = [
            "mediaType": .string(mediaType), "digest": .string("\(digest)"),
            "size": JSONValue(size),
        ]
        object["from"] = from.map { .string($0) }
        object["name"] = name.map { .string($0) }
        return .object(object)
    }
}

extension [NewLayer] {
    /// Layers of GGUF files in the order of a manifest: the weights, parts of a split model by
    /// their number, then all else as it came.
    ///
    /// - Throws: `StoreError.refused` when parts are missing, or there are several models.
    static func sorted(_ layers: [NewLayer]) throws(StoreError) -> [NewLayer] {
        let models = layers.filter { $0.kind == .model }
        let others = layers.filter { $0.kind != .model }
        let count = models.lazy.compactMap { $0.file?.header.partCount }.first ?? 1
        guard models.count > 1 || count > 1 else { return models + others }
        guard count > 1 else { throw .refused("several models were given; one is made at a time") }
        var parts: [Int: NewLayer] = [:]
        for model in models {
            let header = model.file?.header
            guard header?.partCount == count, let part = header?.part, part < count else {
                throw .refused("invalid split GGUF: a file is no part of the others' model")
            }
            guard parts.updateValue(model, forKey: part) == nil else {
                throw .refused("invalid split GGUF: part \(part + 1) was given twice")
            }
        }
        var ordered: [NewLayer] = []
        for part in 0..<count {
            guard let model = parts[part] else {
                throw .refused("invalid split GGUF: part \(part + 1) of \(count) is missing")
            }
            ordered.append(model)
        }
        return ordered + others
    }
}

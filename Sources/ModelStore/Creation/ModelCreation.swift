internal import JSON
internal import ModelFiles

/// Makes one model.
///
/// DESIGN. Layers are collected first: those of the model that it is made from, then files, then
/// texts, each in the place of what it replaces. Every blob is pinned before anybody looks whether
/// it is there, so that it stays until the manifest names it. The manifest is written last:
/// whatever fails before, no model has changed.
struct ModelCreation {
    private static let manifestType = "application/vnd.docker.distribution.manifest.v2+json"

    private let writer: StoreWriter
    /// The stores that the model which it is made from may be in, the first one first.
    private let sources: [ModelStore]
    private let request: CreateRequest
    private let quantizer: Quantizer?
    private let report: (CreateStatus) -> Bool
    private let pin: BlobPin
    private var layers: [NewLayer] = []
    private var config = NewConfig()
    /// The parameters of the model that it is made from.
    private var parameters: JSONObject = [:]

    private init(
        _ writer: StoreWriter,
        _ sources: [ModelStore],
        _ request: CreateRequest,
        _ quantizer: Quantizer?,
        _ report: @escaping (CreateStatus) -> Bool
    ) throws(StoreError) {
        self.writer = writer
        self.sources = sources
        self.request = request
        self.quantizer = quantizer
        self.report = report
        pin = try writer.pin()
    }

    /// Makes the model.
    static func run(
        _ writer: StoreWriter,
        _ sources: [ModelStore],
        _ request: CreateRequest,
        _ quantizer: Quantizer?,
        _ report: @escaping (CreateStatus) -> Bool
    ) throws(StoreError) -> StoreWriter.Written {
        try CreateRules.check(request) { writer.store.templateFields($0) != nil }
        var creation = try ModelCreation(writer, sources, request, quantizer, report)
        try creation.takeOver()
        try creation.takeFiles()
        try creation.quantize()
        try creation.takeTexts()
        return try creation.write()
    }

    private func tell(_ status: CreateStatus) throws(StoreError) {
        guard report(status) else { throw .cancelled }
    }

    // MARK: What is there already

    private mutating func takeOver() throws(StoreError) {
        guard let name = request.from else { return }
        guard let (model, store) = try find(name) else { throw .unknownModel(name.short) }
        for layer in model.manifest.layers {
            try take(layer.digest, of: store)
            layers.append(NewLayer(layer, of: model.name))
            try tell(CreateStatus("using existing layer \(layer.digest)"))
        }
        let contents = store.contents(of: model)
        // What cannot be read would be lost without a word.
        if let problem = contents.problems.first { throw .problem(problem) }
        parameters = contents.parameters
        if let layer = model.manifest.config {
            try take(layer.digest, of: store)
            let files = writer.files
            config = NewConfig(
                try StoreWriter.reading { () throws(StoreProblem) in
                    try files.object(files.place(of: layer.digest))
                }
            )
        }
    }

    private func find(_ name: ModelName) throws(StoreError) -> (StoredModel, ModelStore)? {
        for store in sources {
            let model = try StoreWriter.reading { () throws(StoreProblem) in
                try store.model(named: name)
            }
            if let model { return (model, store) }
        }
        return nil
    }

    /// Pins a blob, and brings it here if it is in another store alone.
    private func take(_ digest: BlobDigest, of store: ModelStore) throws(StoreError) {
        try pin.hold(digest)
        try writer.bring(digest, of: store)
    }

    private mutating func takeFiles() throws(StoreError) {
        var added: [NewLayer] = []
        for file in request.files ?? [] { added.append(try layer(file, as: nil)) }
        for file in request.adapters { added.append(try layer(file, as: .adapter)) }
        for file in request.drafts { added.append(try layer(file, as: .draft)) }
        if request.from != nil, added.contains(where: { $0.kind == .model }) {
            throw .refused("a model is made from another one or from a file of weights, not both")
        }
        added = try .sorted(added)
        if request.from == nil, !added.contains(where: { $0.kind == .model }) {
            throw .refused("no file of weights was given")
        }
        config.describe(added)
        layers += added
        for layer in added { try tell(CreateStatus("using existing layer \(layer.digest)")) }
    }

    /// Pins a blob, and makes sure that it is there.
    @discardableResult
    private func hold(_ digest: BlobDigest) throws(StoreError) -> Int {
        try pin.hold(digest)
        guard let size = writer.size(of: digest) else { throw .missingBlob(digest) }
        return size
    }

    private func layer(
        _ file: CreateRequest.File,
        as kind: ManifestLayer.Kind?
    ) throws(StoreError) -> NewLayer {
        let size = try hold(file.digest)
        try tell(CreateStatus("parsing GGUF"))
        let description = try description(of: file.digest, name: file.name)
        let header = description.header
        let isProjector = header.architecture == "clip" || header.type == "mmproj"
        let own: ManifestLayer.Kind =
            header.type == "adapter" ? .adapter : isProjector ? .projector : .model
        return NewLayer(kind ?? own, file.digest, size: size, file: description)
    }

    private func description(
        of digest: BlobDigest,
        name: String
    ) throws(StoreError) -> GGUFDescription {
        do throws(HeaderError) {
            return try GGUFDescription(path: writer.store.path(of: digest))
        } catch {
            if case .foreign = error.problem {
                throw .refused("supplied file was not in GGUF format: '\(name)'")
            }
            throw .refused("'\(name)': \(error)")
        }
    }

    // MARK: Weights

    private mutating func quantize() throws(StoreError) {
        guard let wish = request.quantization, let type = Quantization.type(wish) else { return }
        let models = layers.indices.filter { layers[$0].kind == .model }
        guard let index = models.first, models.count == 1 else {
            throw .refused("quantization is only supported for models in one file")
        }
        let old = layers[index]
        var file = old.file
        if file == nil { file = try description(of: old.digest, name: "\(old.digest)") }
        let present = file.flatMap { GGUFFacts($0).quantization } ?? "unknown"
        guard Quantization.sources.contains(present) else {
            throw .refused("quantization is only supported for F16, BF16 and F32 models")
        }
        guard present != type else { return }
        guard let quantizer else { throw .refused("this program cannot quantize") }
        let text = "quantizing \(present) model to \(type)"
        let report = report
        let blob = try writer.quantize(old.digest, to: type, quantizer) { done, total in
            report(CreateStatus(text, digest: old.digest, total: total, completed: done))
        }
        try hold(blob.digest)
        let made = try description(of: blob.digest, name: "\(blob.digest)")
        layers[index] = NewLayer(.model, blob.digest, size: blob.size, file: made)
        layers[index].from = old.from
        config.setQuantization(GGUFFacts(made).quantization ?? type)
        try tell(layers[index], blob)
    }

    // MARK: Texts

    private mutating func takeTexts() throws(StoreError) {
        if let template = request.template {
            try replace([.template, .prompt], with: Array(template.utf8))
        }
        if let system = request.system { try replace([.system], with: Array(system.utf8)) }
        for license in request.licenses {
            let layer = try text(.license, Array(license.utf8))
            if !layers.contains(where: { $0.kind == .license && $0.digest == layer.digest }) {
                layers.append(layer)
            }
        }
        if !request.parameters.members.isEmpty {
            var merged = parameters
            for (name, value) in request.parameters.members {
                // By its whole name: nil alone would be JSON's null.
                merged[name] = value.isNull ? Optional<JSONValue>.none : value
            }
            let isEmpty = merged.members.isEmpty
            try replace([.params], with: isEmpty ? [] : JSONValue.object(merged).serialized)
        }
        if !request.messages.isEmpty {
            let list: JSONValue = .array(
                request.messages.map {
                    ["role": .string($0.role), "content": .string($0.content)]
                }
            )
            try replace([.messages], with: list.serialized)
        }
    }

    /// Puts a text in the place of those of some kinds; an empty one takes them away.
    private mutating func replace(
        _ kinds: [ManifestLayer.Kind],
        with bytes: [UInt8]
    ) throws(StoreError) {
        layers.removeAll { layer in layer.kind.map(kinds.contains) ?? false }
        if !bytes.isEmpty { layers.append(try text(kinds[0], bytes)) }
    }

    private func text(
        _ kind: ManifestLayer.Kind,
        _ bytes: [UInt8]
    ) throws(StoreError) -> NewLayer {
        guard bytes.count <= StoreFiles.longestText else {
            let most = StoreFiles.longestText
            throw .refused("a \(kind) of \(bytes.count) bytes is too long, \(most) are the most")
        }
        let blob = try put(bytes)
        let layer = NewLayer(kind, blob.digest, size: blob.size)
        try tell(layer, blob)
        return layer
    }

    private func tell(_ layer: NewLayer, _ blob: StoredBlob) throws(StoreError) {
        let verb = blob.isNew ? "creating new layer" : "using existing layer"
        try tell(CreateStatus("\(verb) \(layer.digest)"))
    }

    /// Writes a small blob that stays until the manifest names it.
    private func put(_ bytes: [UInt8]) throws(StoreError) -> StoredBlob {
        // Pinned first: were it there already, somebody could take it away right after.
        try pin.hold(BlobDigest(of: bytes))
        return try writer.writeBlob(bytes)
    }

    // MARK: The manifest

    private mutating func write() throws(StoreError) -> StoreWriter.Written {
        try config.take(request)
        let bytes = config.bytes(layers)
        let blob = try put(bytes)
        let manifest: JSONValue = [
            "schemaVersion": 2, "mediaType": .string(Self.manifestType),
            "config": [
                "mediaType": .string(NewConfig.mediaType), "digest": .string("\(blob.digest)"),
                "size": JSONValue(blob.size),
            ],
            "layers": .array(layers.map(\.json)),
        ]
        try tell(CreateStatus("writing manifest"))
        let written = try writer.writeManifest(manifest.serialized, as: request.name)
        // Nobody can call off what is done.
        _ = report(CreateStatus("success"))
        return written
    }
}

extension StoreWriter {
    /// Makes a model of another one, or of files that are in the store as blobs.
    ///
    /// Nothing that others see changes before the last step; blobs that were made by then are left
    /// for a collection.
    ///
    /// - Parameters:
    ///   - request: What the model is made of.
    ///   - sources: The stores that the model which it is made from may be in, the first one first;
    ///     nil for this one alone. Blobs of another one come here, in place where that works.
    ///   - quantizer: Makes weights smaller; nil where no request may ask for that.
    ///   - report: Told what is being done; false calls it off.
    /// - Returns: The model's name as the store has it, and what became of the blobs of a model
    ///   that was replaced.
    /// - Throws: `StoreError`: `.refused` and `.missingBlob` for requests that make no sense,
    ///   `.unknownModel` when `from` is not there, `.problem` when it is broken, `.noSpace`,
    ///   `.busy`, `.quantization`, `.cancelled`, `.system`.
    package func create(
        _ request: CreateRequest,
        from sources: [ModelStore]? = nil,
        quantizer: Quantizer? = nil,
        report: @escaping (CreateStatus) -> Bool = { _ in true }
    ) throws(StoreError) -> Written {
        try ModelCreation.run(self, sources ?? [store], request, quantizer, report)
    }
}

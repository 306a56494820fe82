internal import ModelFiles

/// What a model is and can do, without its texts.
package struct ModelSummary: Sendable, Hashable {
    /// The model.
    package let model: StoredModel
    /// Its configuration.
    package let config: ModelConfig
    /// Its file, of a split one the first; nil when there is none, or it cannot be read.
    package let facts: GGUFFacts?
    /// Its projectors' files.
    package let projectors: [GGUFFacts]
    /// The names of all fields in its own template; nil when it has none.
    package let templateFields: Set<String>?
    /// What lists say of it.
    package let details: ModelDetails
    /// What it can do.
    package let capabilities: [ModelCapability]
    /// Files that are missing or cannot be read.
    package let problems: [StoreProblem]

    /// Why plain llama.cpp does not load it, or not rightly: its file's and its projectors'.
    package var obstacles: [EngineObstacle] {
        (facts?.obstacles ?? []) + projectors.flatMap(\.obstacles)
    }
}

extension ModelStore {
    /// Most files of one kind that are looked into; chosen, split models have up to some ten parts.
    private static let mostFiles = 64

    /// What a model is and can do.
    ///
    /// Reads its configuration, its template and the start of its files unless they were read
    /// before and stayed the same. Files that are missing or broken become `problems`; what they
    /// would have said is left out.
    ///
    /// - Parameter model: A model of this store.
    package func summary(of model: StoredModel) -> ModelSummary {
        var problems: [StoreProblem] = []
        let config = config(of: model, &problems)
        let isLocal = config.isGGUF && !config.isRemote
        let parts = isLocal ? facts(of: model, .model, &problems) : []
        let main = parts.first { $0.part ?? 0 == 0 } ?? parts.first
        let isSplit = main?.partCount ?? 1 > 1
        let projectors = isLocal ? facts(of: model, .projector, &problems) : []
        let templateFields = fields(of: model, &problems)
        let clues = ModelCapability.Clues(
            config: config,
            model: main,
            projectors: projectors,
            templateFields: templateFields
        )
        return ModelSummary(
            model: model,
            config: config,
            facts: main,
            projectors: projectors,
            templateFields: templateFields,
            details: ModelDetails(
                config: config,
                model: main,
                parameterCount: isSplit ? Self.sum(parts.map(\.parameterCount)) : nil,
                parent: model.manifest.layers(.model).first?.from
            ),
            capabilities: ModelCapability.all(by: clues),
            problems: problems
        )
    }

    /// The configuration; an empty one when there is none that can be read.
    func config(of model: StoredModel, _ problems: inout [StoreProblem]) -> ModelConfig {
        guard let layer = model.manifest.config else { return ModelConfig() }
        let (place, version) = files.find(layer.digest)
        do throws(StoreProblem) {
            return try configs.value(of: files.path(place), version) { () throws(StoreProblem) in
                ModelConfig(try files.object(place))
            }
        } catch {
            problems.append(error)
            return ModelConfig()
        }
    }

    private func facts(
        of model: StoredModel,
        _ kind: ManifestLayer.Kind,
        _ problems: inout [StoreProblem]
    ) -> [GGUFFacts] {
        var found: [GGUFFacts] = []
        for layer in model.manifest.layers(kind).prefix(Self.mostFiles) {
            let (place, version) = files.find(layer.digest)
            do throws(StoreProblem) {
                found.append(
                    try facts.value(of: files.path(place), version) { () throws(StoreProblem) in
                        GGUFFacts(try description(at: place))
                    }
                )
            } catch {
                problems.append(error)
            }
        }
        return found
    }

    /// Reads a GGUF file's description.
    func description(
        at place: String,
        lists: GGUFDescription.Lists = .short
    ) throws(StoreProblem) -> GGUFDescription {
        do throws(HeaderError) {
            return try GGUFDescription(path: files.path(place), lists: lists)
        } catch {
            throw StoreProblem(place, files.isMissing(place) ? .missing : .header(error))
        }
    }

    private func fields(
        of model: StoredModel,
        _ problems: inout [StoreProblem]
    ) -> Set<String>? {
        guard let layer = model.manifest.template else { return nil }
        let (place, version) = files.find(layer.digest)
        do throws(StoreProblem) {
            return try fields.value(of: files.path(place), version) { () throws(StoreProblem) in
                let text = try files.text(place)
                guard let fields = templateFields(text) else {
                    throw StoreProblem(place, .invalid("this template cannot be understood"))
                }
                return fields
            }
        } catch {
            problems.append(error)
            return nil
        }
    }

    private static func sum(_ counts: [Int]) -> Int {
        counts.reduce(0) { sum, count in
            let (total, overflowed) = sum.addingReportingOverflow(count)
            return overflowed ? .max : total
        }
    }
}

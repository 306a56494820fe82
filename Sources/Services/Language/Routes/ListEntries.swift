internal import JSON
internal import ModelStore
internal import POSIX

/// What a list says of models, written once as long as they stay the same.
///
/// Some clients ask for the list every few seconds, and people have hundreds of models.
final class ListEntries: Sendable {
    private let texts = Guarded(
        BoundedTable<String, (model: ModelSummary, text: [UInt8])>(limit: 4096)
    )

    /// A model's entry as JSON text.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - entry: Makes the entry, where it is not known or the model was another.
    func text(of model: ModelSummary, _ entry: (ModelSummary) -> JSONValue) -> [UInt8] {
        // Of two stores' models with the same name, and so the same place, one is listed.
        let place = model.model.place
        if let known = texts.withLock({ $0[place] }), known.model == model { return known.text }
        let text = entry(model).serialized
        texts.withLock { $0[place] = (model, text) }
        return text
    }
}

/// Why an engine's output could not be used.
///
/// Both mean that the engine or the model is not the one expected; neither is the caller's fault.
package enum PipelineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A tensor has another number of values than its use implies.
    case wrongSize(what: String, expected: Int, actual: Int)
    /// A model's character list is empty.
    case noCharacters

    /// What happened and what to do about it.
    package var description: String {
        switch self {
        case .wrongSize(let what, let expected, let actual):
            "the \(what) has \(actual) values instead of \(expected); check the model's files"
        case .noCharacters:
            "the recognition model has no character list; check the model's files"
        }
    }
}

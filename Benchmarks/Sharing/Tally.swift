import JSON
import POSIX

/// What became of a stream's requests.
struct Tally: Sendable {
    /// How long each answer took, in order of the answers.
    var answered: [Duration] = []
    /// How long refusals and failures took, by code.
    var refused: [String: [Duration]] = [:]
    /// From the first request to the last answer.
    var span = Duration.zero

    var json: JSONValue {
        let counts = refused.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value.count)) }
        let refusals = refused.sorted { $0.key < $1.key }.flatMap(\.value)
        return [
            "latencies_ms": .array(answered.map { .number($0.milliseconds) }),
            "refused": .object(JSONObject(counts)),
            "refusals_ms": .array(refusals.map { .number($0.milliseconds) }),
            "seconds": .number(span.milliseconds / 1000),
        ]
    }
}

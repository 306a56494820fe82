import DeviceProtocol
import EngineKit
import JSON

/// How one simulated graph behaves: the content of its file.
///
/// ```json
/// {
///   "inputs": [{"name": "x", "dtype": "f32", "shape": [-1, 4]}],
///   "outputs": [{"name": "y", "dtype": "f32", "shape": [-1, 4]}],
///   "metadata": {"character": "ab"},
///   "load": {"milliseconds": 20, "bytes": 1048576, "refuse": "why", "refuse_late": "why",
///            "reads": ["/a"], "writes": ["/b"], "files": 10, "starts": "/bin/true"},
///   "calls": {"milliseconds": [5, 10], "fail_at": 2, "crash_at": 3, "hang_at": 4, "garbage_at": 5}
/// }
/// ```
///
/// Calls count from 1 over all graphs. `milliseconds` are device time: they stand still while the
/// process is stopped; the nth call takes the nth figure, later ones the last. `bytes` are really
/// allocated and touched; `refuse_late` refuses after that. For what it reads, writes, opens and starts
/// see `Trial`. A call that fails answers `inference_failed`, one that crashes ends the process by
/// SIGABRT, one that hangs never ends and cannot be interrupted, one that gives garbage writes bytes
/// that are no frame on every channel. Everything but `inputs` and `outputs` may be left out; unknown
/// members are refused.
struct Script: Sendable {
    let graph: GraphDescription
    let loadTime: Duration
    let bytes: Int
    let refusal: String?
    let lateRefusal: String?
    let trial: Trial
    let callTimes: [Duration]
    let failAt: Int?
    let crashAt: Int?
    let hangAt: Int?
    let garbageAt: Int?

    init(_ value: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(value)
        try Self.acceptOnly(["inputs", "outputs", "metadata", "load", "calls"], of: fields)
        graph = GraphDescription(
            inputs: try Self.tensors("inputs", of: fields),
            outputs: try Self.tensors("outputs", of: fields),
            metadata: try Self.texts("metadata", of: fields)
        )
        let load = try JSONFields(fields.value("load") ?? [:], path: "load")
        try Self.acceptOnly(
            ["milliseconds", "bytes", "refuse", "refuse_late"] + Trial.members,
            of: load
        )
        loadTime = .milliseconds(try load.integer("milliseconds", in: 0...3_600_000) ?? 0)
        bytes = try load.integer("bytes", in: 0...(64 << 30)) ?? 0
        refusal = try load.string("refuse")
        lateRefusal = try load.string("refuse_late")
        trial = try Trial(load)
        let calls = try JSONFields(fields.value("calls") ?? [:], path: "calls")
        let faults = ["fail_at", "crash_at", "hang_at", "garbage_at"]
        try Self.acceptOnly(["milliseconds"] + faults, of: calls)
        var times: [Duration] = []
        for item in try calls.array("milliseconds") ?? [] {
            guard let time = item.doubleValue, (0...3_600_000).contains(time) else {
                throw calls.error("milliseconds", "must hold numbers from 0 to an hour")
            }
            times.append(.microseconds(Int64(time * 1000)))
        }
        callTimes = times
        failAt = try calls.integer("fail_at", in: 1...Int.max)
        crashAt = try calls.integer("crash_at", in: 1...Int.max)
        hangAt = try calls.integer("hang_at", in: 1...Int.max)
        garbageAt = try calls.integer("garbage_at", in: 1...Int.max)
    }

    /// How long a call takes.
    ///
    /// - Parameter number: The call's number, from 1.
    func time(ofCall number: Int) -> Duration {
        guard let last = callTimes.last else { return .zero }
        return number <= callTimes.count ? callTimes[number - 1] : last
    }

    private static func acceptOnly(
        _ names: [String],
        of fields: JSONFields
    ) throws(JSONFieldError) {
        for (name, _) in fields.object.members where !names.contains(name) {
            throw fields.error(name, "is unknown")
        }
    }

    private static func texts(
        _ name: String,
        of fields: JSONFields
    ) throws(JSONFieldError) -> [String: String] {
        guard let entries = try fields.fields(name) else { return [:] }
        var texts: [String: String] = [:]
        for (key, _) in entries.object.members {
            texts[key] = try entries.require(key, entries.string(key))
        }
        return texts
    }

    private static func tensors(
        _ name: String,
        of fields: JSONFields
    ) throws(JSONFieldError) -> [TensorDescription] {
        var result: [TensorDescription] = []
        for item in try fields.require(name, fields.array(name)) {
            let entry = try JSONFields(item, path: name)
            try acceptOnly(["name", "dtype", "shape"], of: entry)
            let word = try entry.require("dtype", entry.string("dtype"))
            guard let type = ElementType(rawValue: word) else {
                throw entry.error("dtype", "is unknown: '\(word)'")
            }
            let values = try entry.require("shape", entry.array("shape"))
            let shape = values.compactMap(\.integerValue).filter { $0 >= -1 }
            guard shape.count == values.count else {
                throw entry.error("shape", "must hold whole numbers from -1 up")
            }
            let tensor = try entry.require("name", entry.string("name"))
            result.append(TensorDescription(name: tensor, type: type, shape: shape))
        }
        return result
    }
}

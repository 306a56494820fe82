import DeviceProtocol
import EngineKit
import Glibc
import JSON
import POSIX
import Synchronization

/// A bundle of scripted graphs.
///
/// An output's free dimensions are the first input's at the same place. Its bytes are those of all
/// inputs, in the order of the description, each plus 1 (wrapping), repeated or cut to the output's
/// size; without any input byte they are 1.
final class SimulatedModel: EngineModel {
    let graphs: [String: GraphDescription]
    private let scripts: [String: Script]
    private let ballast: Ballast
    private let calls = Atomic<Int>(0)

    private init(_ scripts: [String: Script]) throws(EngineError) {
        self.scripts = scripts
        graphs = scripts.mapValues(\.graph)
        ballast = try Ballast(bytes: scripts.values.reduce(0) { $0 + $1.bytes })
    }

    static func load(_ request: LoadRequest) throws(EngineError) -> SimulatedModel {
        // Settings of real engines are accepted, so that one model can stand for another.
        try request.acceptOnly(["device", "threads", "precision", "cache_folder"])
        var scripts: [String: Script] = [:]
        for graph in request.graphs {
            let script = try read(graph)
            if let refusal = script.refusal { throw EngineError(.loadFailed, refusal) }
            try script.trial.run()
            _ = DeviceTime.pass(script.loadTime) { false }
            scripts[graph.name] = script
        }
        let model = try SimulatedModel(scripts)
        // The process still has the memory when the manager hears of it.
        if let late = scripts.values.compactMap(\.lateRefusal).first {
            throw EngineError(.loadFailed, late)
        }
        return model
    }

    func infer(_ call: InferenceCall) throws(EngineError) -> [String: [Int]] {
        guard let script = scripts[call.graph] else {
            throw EngineError(.unknownGraph, "there is no graph '\(call.graph)'")
        }
        let number = calls.wrappingAdd(1, ordering: .relaxed).newValue
        if number == script.crashAt { abort() }
        if number == script.hangAt { while true { pause() } }
        if number == script.garbageAt { Garbage.writeOnEveryChannel() }
        let isDone = DeviceTime.pass(script.time(ofCall: number)) { call.isCalledOff }
        guard isDone else { throw EngineError(interrupted: "stopped early") }
        if number == script.failAt { throw EngineError(.inferenceFailed, "scripted to fail") }
        return try write(call, script.graph)
    }

    private static func read(_ graph: LoadRequest.Graph) throws(EngineError) -> Script {
        do {
            return try Script(JSONValue(parsing: Files.read(graph.path)))
        } catch {
            throw EngineError(.loadFailed, "'\(graph.path)': \(error)")
        }
    }

    private func write(
        _ call: InferenceCall,
        _ graph: GraphDescription
    ) throws(EngineError) -> [String: [Int]] {
        // What nobody wants costs nothing, so that a benchmark can measure the way here alone.
        guard !call.outputs.isEmpty else { return [:] }
        let first = graph.inputs.first.flatMap { call.inputs[$0.name] }?.shape ?? []
        var source: [UInt8] = []
        for input in graph.inputs {
            guard let view = call.inputs[input.name] else { continue }
            source += unsafe view.bytes.map { $0 &+ 1 }
        }
        if source.isEmpty { source = [1] }
        var shapes: [String: [Int]] = [:]
        for output in graph.outputs {
            guard let space = call.outputs[output.name] else { continue }
            let shape = output.shape.enumerated().map { index, dimension in
                dimension == -1 ? (index < first.count ? first[index] : 1) : dimension
            }
            let count = shape.reduce(output.type.size, *)
            let capacity = unsafe space.bytes.count
            guard count <= capacity else {
                throw EngineError(output: output.name, needs: count, capacity: capacity)
            }
            for index in 0..<count { unsafe space.bytes[index] = source[index % source.count] }
            shapes[output.name] = shape
        }
        return shapes
    }
}

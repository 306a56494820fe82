import DeviceProtocol
import EngineKit

/// A bundle of graphs on one device.
final class OpenVINOModel: EngineModel {
    let graphs: [String: GraphDescription]
    private let compiled: [String: CompiledGraph]

    private init(_ compiled: [String: CompiledGraph]) {
        self.compiled = compiled
        graphs = compiled.mapValues(\.description)
    }

    static func load(_ request: LoadRequest) throws(EngineError) -> OpenVINOModel {
        let settings = try OpenVINOSettings(request)
        let core = try Core()
        try settings.apply(to: core)
        var compiled: [String: CompiledGraph] = [:]
        for graph in request.graphs {
            let loaded = try CompiledGraph(graph, device: settings.device, core: core)
            let precision = try loaded.property("INFERENCE_PRECISION_HINT")
            guard precision == settings.precision.rawValue else {
                let reason = "the library computes in \(precision)"
                throw EngineError(.loadFailed, "'\(graph.name)': \(reason), not as asked")
            }
            compiled[graph.name] = loaded
        }
        for warmUp in settings.warmUps {
            guard let graph = compiled[warmUp.graph] else {
                let reason = "'warm_shapes' names the unknown graph '\(warmUp.graph)'"
                throw EngineError(.loadFailed, reason)
            }
            try graph.warmUp(warmUp.shapes)
        }
        return OpenVINOModel(compiled)
    }

    func infer(_ call: InferenceCall) throws(EngineError) -> [String: [Int]] {
        guard let graph = compiled[call.graph] else {
            throw EngineError(.unknownGraph, "there is no graph '\(call.graph)'")
        }
        return try graph.run(call)
    }

    func interrupt(graph: String) {
        compiled[graph]?.interrupt()
    }
}

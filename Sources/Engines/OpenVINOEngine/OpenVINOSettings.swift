import DeviceProtocol
import EngineKit
import JSON

/// How to load a model: the `settings` of a `load` request.
struct OpenVINOSettings: Sendable, Hashable {
    /// The precision in which graphs are computed.
    enum Precision: String, Sendable, CaseIterable {
        case f32, bf16, f16

        /// The word among a device's capabilities.
        var capability: String {
            switch self {
            case .f32: "FP32"
            case .bf16: "BF16"
            case .f16: "FP16"
            }
        }
    }

    /// A graph to run once with zeros while loading, so that the first request finds it warm.
    struct WarmUp: Sendable, Hashable {
        let graph: String
        let shapes: [String: [Int]]
    }

    static let names = ["device", "threads", "precision", "cache_folder", "warm_shapes"]

    /// OpenVINO's name of a device.
    let device: String
    /// Threads to compute with; nil leaves it to the library.
    let threads: Int?
    /// The precision; `f32` unless asked otherwise, since the library would choose by the CPU.
    let precision: Precision
    /// Where compiled graphs are kept for the next load; nil for nowhere.
    let cacheFolder: String?
    let warmUps: [WarmUp]

    init(_ request: LoadRequest) throws(EngineError) {
        try request.acceptOnly(Self.names)
        do {
            self = try Self(request.settings)
        } catch {
            throw EngineError(.loadFailed, error.description)
        }
    }

    private init(_ fields: JSONFields) throws(JSONFieldError) {
        device = try fields.string("device") ?? "CPU"
        threads = try fields.integer("threads", in: 1...1024)
        let word = try fields.string("precision") ?? "f32"
        guard let precision = Precision(rawValue: word) else {
            let known = Precision.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error("precision", "is unknown: '\(word)'; known are \(known)")
        }
        self.precision = precision
        cacheFolder = try fields.string("cache_folder")
        warmUps = try Self.warmUps(fields)
    }

    /// Reads `{"graph": [{"input": [1, 3, 640, 640]}, …]}`.
    private static func warmUps(_ fields: JSONFields) throws(JSONFieldError) -> [WarmUp] {
        guard let graphs = try fields.fields("warm_shapes") else { return [] }
        var result: [WarmUp] = []
        for (graph, _) in graphs.object.members {
            for item in try graphs.require(graph, graphs.array(graph)) {
                let inputs = try JSONFields(item, path: "settings.warm_shapes.\(graph)")
                var shapes: [String: [Int]] = [:]
                for (input, _) in inputs.object.members {
                    let values = try inputs.require(input, inputs.array(input))
                    let shape = values.compactMap(\.integerValue).filter { $0 > 0 }
                    guard shape.count == values.count else {
                        throw inputs.error(input, "must hold whole numbers from 1 up")
                    }
                    shapes[input] = shape
                }
                result.append(WarmUp(graph: graph, shapes: shapes))
            }
        }
        return result
    }

    /// Tells the library; refuses what the device cannot do, because the library would ignore it.
    func apply(to core: Core) throws(EngineError) {
        let devices = try core.devices()
        guard devices.contains(device) else {
            let known = devices.joined(separator: ", ")
            throw EngineError(.loadFailed, "there is no device '\(device)'; there are \(known)")
        }
        let able = try core.property("OPTIMIZATION_CAPABILITIES", of: device)
            .split(separator: " ").map(String.init)
        guard able.contains(precision.capability) else {
            let reason = "the device '\(device)' cannot compute in \(precision.rawValue)"
            throw EngineError(.loadFailed, "\(reason); it can \(able.joined(separator: ", "))")
        }
        try core.set("INFERENCE_PRECISION_HINT", to: precision.rawValue, of: device)
        try core.set("PERFORMANCE_HINT", to: "LATENCY", of: device)
        try core.set("NUM_STREAMS", to: "1", of: device)
        if let cacheFolder { try core.set("CACHE_DIR", to: cacheFolder, of: device) }
        guard device == "CPU" else {
            guard threads == nil else {
                throw EngineError(.loadFailed, "'threads' is for the device 'CPU' only")
            }
            return
        }
        if let threads { try core.set("INFERENCE_NUM_THREADS", to: "\(threads)", of: device) }
        // Other engines share these cores; where threads run is the kernel's business.
        try core.set("ENABLE_CPU_PINNING", to: "NO", of: device)
    }
}

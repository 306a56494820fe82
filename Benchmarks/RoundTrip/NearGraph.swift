import COpenVINO
import DeviceProtocol
import POSIX

/// The same graph in this process, without copies and as an engine would be set.
@safe
struct NearGraph {
    private let request: OpaquePointer
    private let buffers: [SharedBuffer]

    /// A call of the library failed.
    struct Failure: Error {
        let call: String
    }

    /// Compiles the graph and gives it its tensors; what is made lasts until the process ends.
    init(file: String) throws {
        let core = unsafe try Self.made("ov_core_create") { unsafe ov_core_create(&$0) }
        let properties = [
            "INFERENCE_NUM_THREADS": "2", "INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": "1",
            "PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": "NO",
        ]
        for (name, value) in properties { unsafe try Self.set(name, value, of: core) }
        let graph = unsafe try Self.made("ov_core_compile_model_from_file") {
            unsafe ov_core_compile_model_from_file_props(core, file, "CPU", 0, nil, &$0)
        }
        unsafe request = try Self.made("ov_compiled_model_create_infer_request") {
            unsafe ov_compiled_model_create_infer_request(graph, &$0)
        }
        let count = RoundTripBenchmark.byteCount
        buffers = [try SharedBuffer(size: count), try SharedBuffer(size: count)]
        let input = unsafe try Self.tensor(on: buffers[0])
        try Self.check("set the input", unsafe ov_infer_request_set_input_tensor(request, input))
        let output = unsafe try Self.tensor(on: buffers[1])
        try Self.check("set the output", unsafe ov_infer_request_set_output_tensor(request, output))
    }

    /// Runs once; returns microseconds.
    func run() throws -> Double {
        let start = MonotonicTime.now
        try Self.check("infer", unsafe ov_infer_request_infer(request))
        return (MonotonicTime.now - start).milliseconds * 1000
    }

    private static func tensor(on buffer: SharedBuffer) throws -> OpaquePointer {
        var dimensions = RoundTripBenchmark.shape.map { Int64($0) }
        return unsafe try dimensions.withUnsafeMutableBufferPointer { dimensions in
            // The library copies the shape and never writes to it.
            let shape = unsafe ov_shape_t(rank: 4, dims: dimensions.baseAddress)
            return unsafe try made("ov_tensor_create_from_host_ptr") {
                let bytes = unsafe buffer.memory.bytes.baseAddress
                return unsafe ov_tensor_create_from_host_ptr(F32, shape, bytes, &$0)
            }
        }
    }

    private static func set(_ name: String, _ value: String, of core: OpaquePointer) throws {
        let status = unsafe name.withCString { name in
            unsafe value.withCString { value in
                var property = unsafe ov_property_t(key: name, value: value)
                return unsafe ov_core_set_properties(core, "CPU", 1, &property)
            }
        }
        try check("set \(name)", status)
    }

    private static func made(
        _ call: String,
        _ body: (inout OpaquePointer?) -> ov_status_e
    ) throws -> OpaquePointer {
        var handle: OpaquePointer?
        try check(call, unsafe body(&handle))
        guard let handle = unsafe handle else { throw Failure(call: call) }
        return unsafe handle
    }

    private static func check(_ call: String, _ status: ov_status_e) throws {
        guard status == OK else { throw Failure(call: call) }
    }
}

import COpenVINO
import DeviceProtocol
import EngineKit

/// How spaces for outputs become tensors.
extension CompiledGraph {
    /// A tensor that the library may grow, for an output whose size is not known.
    static func growing(_ output: TensorDescription) throws(EngineError) -> HostTensor {
        try HostTensor(output.type, output.shape.map { $0 == -1 ? 0 : $0 })
    }

    /// The shape under which a space is handed over.
    ///
    /// It must fit the output's description, and its element count is what the library takes for
    /// the capacity; afterwards the tensor has the real shape. So the first free dimension gets
    /// whatever there is room for and the other free ones get 1.
    static func largestShape(
        of output: TensorDescription,
        in space: OutputSpace
    ) throws(EngineError) -> [Int] {
        guard let free = output.shape.firstIndex(of: -1) else { return output.shape }
        var shape = output.shape.map { $0 == -1 ? 1 : $0 }
        let rest = max(1, shape.reduce(1, *))
        shape[free] = unsafe space.bytes.count / output.type.size / rest
        return shape
    }

    static func checkRoom(
        for shape: [Int],
        of output: TensorDescription,
        in space: OutputSpace
    ) throws(EngineError) {
        let bytes = shape.reduce(output.type.size, *)
        let capacity = unsafe space.bytes.count
        guard bytes > capacity else { return }
        throw EngineError(output: output.name, needs: bytes, capacity: capacity)
    }

    static func makeRequest(
        _ compiled: OpaquePointer,
        _ code: DeviceErrorCode
    ) throws(EngineError) -> OpaquePointer {
        var handle: OpaquePointer?
        let status = unsafe ov_compiled_model_create_infer_request(compiled, &handle)
        try check(status, code, "make an inference request")
        guard let handle = unsafe handle else {
            throw EngineError(code, "OpenVINO gave no inference request")
        }
        return unsafe handle
    }

    static func property(
        _ name: String,
        of compiled: OpaquePointer
    ) throws(EngineError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        let status = unsafe ov_compiled_model_get_property(compiled, name, &text)
        try check(status, .loadFailed, "read '\(name)'")
        guard let text = unsafe text else { return "" }
        defer { unsafe ov_free(text) }
        return unsafe String(cString: text)
    }

    static func describe(
        _ compiled: OpaquePointer,
        _ graph: LoadRequest.Graph
    ) throws(EngineError) -> GraphDescription {
        var counts = (inputs: 0, outputs: 0)
        try check(
            unsafe ov_compiled_model_inputs_size(compiled, &counts.inputs),
            .loadFailed,
            "count the inputs of '\(graph.name)'"
        )
        try check(
            unsafe ov_compiled_model_outputs_size(compiled, &counts.outputs),
            .loadFailed,
            "count the outputs of '\(graph.name)'"
        )
        var inputs: [TensorDescription] = []
        for index in 0..<counts.inputs {
            var port: OpaquePointer?
            let status = unsafe ov_compiled_model_input_by_index(compiled, index, &port)
            try check(status, .loadFailed, "read an input of '\(graph.name)'")
            if let port = unsafe port {
                inputs.append(unsafe try Port.describe(port, of: graph.name))
            }
        }
        var outputs: [TensorDescription] = []
        for index in 0..<counts.outputs {
            var port: OpaquePointer?
            let status = unsafe ov_compiled_model_output_by_index(compiled, index, &port)
            try check(status, .loadFailed, "read an output of '\(graph.name)'")
            if let port = unsafe port {
                outputs.append(unsafe try Port.describe(port, of: graph.name))
            }
        }
        return GraphDescription(
            inputs: inputs,
            outputs: outputs,
            metadata: try ONNXMetadata.read(graph.path)
        )
    }
}

import COpenVINO
import DeviceProtocol
import EngineKit

/// A graph compiled for a device, with the one request that runs it.
///
/// Tensors are made on the client's memory, so nothing is copied. The request keeps pointers to the
/// tensors of its last run; every run sets all inputs and all outputs anew, so a pointer into memory
/// that the client took back is never used.
@safe
final class CompiledGraph: @unchecked Sendable {
    // Unchecked: handles are constant; `run` is called on one thread, and the library allows
    // `interrupt` from any other.
    let description: GraphDescription
    private let name: String
    private let compiled: OpaquePointer
    private let request: OpaquePointer
    /// Whether the library computes with one thread.
    ///
    /// Its synchronous call takes a short cut then, which in 2026.4.1 reports success whatever goes
    /// wrong: a space that is too small is left unwritten, and an interruption has no effect. The
    /// asynchronous call is right, and 12 µs slower.
    private let isSingleThreaded: Bool

    /// Compiles a graph, or takes it from the cache.
    init(_ graph: LoadRequest.Graph, device: String, core: Core) throws(EngineError) {
        let operation = "load the graph '\(graph.name)' from '\(graph.path)'"
        var handle: OpaquePointer?
        let status = unsafe ov_core_compile_model_from_file_props(
            core.handle,
            graph.path,
            device,
            0,
            nil,
            &handle
        )
        try check(status, .loadFailed, operation)
        guard let compiled = unsafe handle else { throw EngineError(.loadFailed, operation) }
        do {
            unsafe request = try Self.makeRequest(compiled, .loadFailed)
            description = unsafe try Self.describe(compiled, graph)
            let threads = unsafe try Self.property("INFERENCE_NUM_THREADS", of: compiled)
            // Anything but a number of two or more is taken for one.
            isSingleThreaded = (Int(threads) ?? 1) < 2
        } catch {
            unsafe ov_compiled_model_free(compiled)
            throw error
        }
        name = graph.name
        unsafe self.compiled = compiled
    }

    deinit {
        unsafe ov_infer_request_free(request)
        unsafe ov_compiled_model_free(compiled)
    }

    /// Runs the graph into the call's spaces.
    func run(_ call: InferenceCall) throws(EngineError) -> [String: [Int]] {
        for output in description.outputs where output.isStatic {
            guard let space = call.outputs[output.name] else { continue }
            try Self.checkRoom(for: output.shape, of: output, in: space)
        }
        do {
            return unsafe try run(call, on: request)
        } catch {
            guard error.code == .inferenceFailed, hasDynamicOutput(call) else { throw error }
            // Either a space was too small or it could not be used in place, which the library
            // only says in prose, or the graph fails anyway: a second run tells.
            return try runApart(call)
        }
    }

    /// Asks the running work to stop between two of its nodes.
    func interrupt() {
        // Fails only when nothing runs.
        unsafe _ = ov_infer_request_cancel(request)
    }

    /// A property of the compiled graph as text.
    func property(_ name: String) throws(EngineError) -> String {
        unsafe try Self.property(name, of: compiled)
    }

    /// Runs the graph once with zeros.
    func warmUp(_ shapes: [String: [Int]]) throws(EngineError) {
        for (index, input) in description.inputs.enumerated() {
            guard let shape = shapes[input.name], input.accepts(shape) else {
                let reason = "'warm_shapes' of '\(name)' must fit \(input.shape)"
                throw EngineError(.loadFailed, "\(reason) for '\(input.name)'")
            }
            unsafe try setInput(index, HostTensor(input.type, shape), on: request)
        }
        for (index, output) in description.outputs.enumerated() {
            unsafe try setOutput(index, Self.growing(output), on: request)
        }
        unsafe try infer(request, .loadFailed)
    }

    // MARK: Runs

    private func run(
        _ call: InferenceCall,
        on request: OpaquePointer
    ) throws(EngineError) -> [String: [Int]] {
        unsafe try setInputs(call, on: request)
        var results: [String: HostTensor] = [:]
        for (index, output) in description.outputs.enumerated() {
            guard let space = call.outputs[output.name] else {
                // Not wanted; but the last run's space must not be written to.
                unsafe try setOutput(index, Self.growing(output), on: request)
                continue
            }
            let shape = try Self.largestShape(of: output, in: space)
            let tensor = unsafe try HostTensor(output.type, shape, at: space.bytes)
            unsafe try setOutput(index, tensor, on: request)
            results[output.name] = tensor
        }
        unsafe try infer(request)
        return try shapes(results)
    }

    /// Runs the graph into memory of the library's own: tells what did not fit, or copies.
    private func runApart(_ call: InferenceCall) throws(EngineError) -> [String: [Int]] {
        let second = unsafe try Self.makeRequest(compiled, .inferenceFailed)
        defer { unsafe ov_infer_request_free(second) }
        unsafe try setInputs(call, on: second)
        var results: [String: HostTensor] = [:]
        for (index, output) in description.outputs.enumerated() {
            let tensor = try Self.growing(output)
            unsafe try setOutput(index, tensor, on: second)
            results[output.name] = call.outputs[output.name] == nil ? nil : tensor
        }
        unsafe try infer(second)
        let shapes = try shapes(results)
        for output in description.outputs {
            guard let space = call.outputs[output.name], let shape = shapes[output.name] else {
                continue
            }
            try Self.checkRoom(for: shape, of: output, in: space)
            let count = shape.reduce(output.type.size, *)
            unsafe try results[output.name]?.copy(to: space.bytes, count: count)
        }
        return shapes
    }

    private func shapes(_ tensors: [String: HostTensor]) throws(EngineError) -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for (name, tensor) in tensors { shapes[name] = try tensor.shape() }
        return shapes
    }

    /// Runs a request and waits for it, on this thread where that is safe.
    private func infer(
        _ request: OpaquePointer,
        _ code: DeviceErrorCode = .inferenceFailed
    ) throws(EngineError) {
        let operation = "run '\(name)'"
        guard !isSingleThreaded else {
            try check(unsafe ov_infer_request_start_async(request), code, operation)
            return try check(unsafe ov_infer_request_wait(request), code, operation)
        }
        try check(unsafe ov_infer_request_infer(request), code, operation)
    }

    private func hasDynamicOutput(_ call: InferenceCall) -> Bool {
        description.outputs.contains { !$0.isStatic && call.outputs[$0.name] != nil }
    }

    private func setInputs(
        _ call: InferenceCall,
        on request: OpaquePointer
    ) throws(EngineError) {
        for (index, input) in description.inputs.enumerated() {
            guard let view = call.inputs[input.name] else {
                throw EngineError(.badTensor, "the input '\(input.name)' is missing")
            }
            let tensor = unsafe try HostTensor(view.type, view.shape, at: view.bytes)
            unsafe try setInput(index, tensor, on: request)
        }
    }

    private func setInput(
        _ index: Int,
        _ tensor: HostTensor,
        on request: OpaquePointer
    ) throws(EngineError) {
        // The request keeps its own reference; the handle may go.
        let status = unsafe ov_infer_request_set_input_tensor_by_index(
            request,
            index,
            tensor.handle
        )
        try check(status, .badTensor, "give an input to '\(name)'")
    }

    private func setOutput(
        _ index: Int,
        _ tensor: HostTensor,
        on request: OpaquePointer
    ) throws(EngineError) {
        let status = unsafe ov_infer_request_set_output_tensor_by_index(
            request,
            index,
            tensor.handle
        )
        try check(status, .inferenceFailed, "give a space to '\(name)'")
    }
}

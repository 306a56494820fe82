package import DeviceProtocol
import POSIX
import Synchronization

/// Which program this engine is.
package struct EngineIdentity: Sendable {
    /// The engine's kind, as models name it.
    package let name: String
    /// The version of the library that does the work.
    package let version: String
    /// Whether results are made up; said in every greeting and description.
    package let isSimulated: Bool

    /// Names an engine.
    ///
    /// - Parameters:
    ///   - name: The engine's kind.
    ///   - version: The version of the library that does the work.
    ///   - isSimulated: Whether results are made up.
    package init(name: String, version: String, isSimulated: Bool) {
        self.name = name
        self.version = version
        self.isSimulated = isSimulated
    }
}

/// A loaded model: what an engine adds to `EngineProcess`.
///
/// `load` and `infer` are called on one thread, one call at a time; they may take as long as they
/// need. `interrupt` comes from another thread.
package protocol EngineModel: Sendable {
    /// Loads a model.
    ///
    /// - Parameter request: What to load and how; a setting that is not known is refused.
    /// - Throws: `EngineError` with `loadFailed`; the process may be asked to load again.
    static func load(_ request: LoadRequest) throws(EngineError) -> Self

    /// The model's graphs by name; constant.
    var graphs: [String: GraphDescription] { get }

    /// Runs a graph.
    ///
    /// - Parameter call: Inputs that fit the graph's description, and spaces for outputs.
    /// - Returns: The shape of every output that the call has a space for.
    /// - Throws: `EngineError` with `badTensor`, `outputTooSmall` or `inferenceFailed`, or one that
    ///   is an interruption after `interrupt`.
    func infer(_ call: InferenceCall) throws(EngineError) -> [String: [Int]]

    /// Asks the graph's running work to stop early; it may as well finish.
    ///
    /// Must return at once. Work that starts after it is not affected. A model that looks at
    /// `InferenceCall.isCalledOff` while it works needs none of its own.
    ///
    /// - Parameter graph: The graph that runs.
    func interrupt(graph: String)
}

extension EngineModel {
    /// Does nothing: the work looks at `InferenceCall.isCalledOff`.
    package func interrupt(graph: String) {}
}

/// One run of a graph.
package struct InferenceCall: Sendable {
    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    /// The graph's name.
    package let graph: String
    /// A tensor for every input.
    package let inputs: [String: TensorView]
    /// Where outputs go; those without a space are not wanted.
    package let outputs: [String: OutputSpace]
    private let flag = Flag()

    init(graph: String, inputs: [String: TensorView], outputs: [String: OutputSpace]) {
        self.graph = graph
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Whether nobody wants the result any more; may turn true at any time.
    package var isCalledOff: Bool { flag.isSet.load(ordering: .relaxed) }

    func callOff() { flag.isSet.store(true, ordering: .relaxed) }
}

/// An input that lies in a client's shared memory.
///
/// The client can change the bytes at any time; an engine must not rely on having checked them.
@safe
package struct TensorView: @unchecked Sendable {
    // Unchecked: `memory` keeps the bytes mapped; who writes when is the protocol's business.

    /// The type of its elements.
    package let type: ElementType
    /// Its dimensions.
    package let shape: [Int]
    /// Its bytes, exactly as many as type and shape take.
    package let bytes: UnsafeMutableRawBufferPointer
    private let memory: SharedMemory

    init(
        type: ElementType,
        shape: [Int],
        bytes: UnsafeMutableRawBufferPointer,
        memory: SharedMemory
    ) {
        self.type = type
        self.shape = shape
        unsafe self.bytes = bytes
        self.memory = memory
    }
}

/// A place in a client's shared memory that an output is written to.
@safe
package struct OutputSpace: @unchecked Sendable {
    // Unchecked: as `TensorView`.

    /// The bytes that the output may use, from the first one.
    package let bytes: UnsafeMutableRawBufferPointer
    /// The buffer's number, for the reply.
    let buffer: Int
    /// Bytes from the start of the buffer, for the reply.
    let offset: Int
    private let memory: SharedMemory

    init(
        buffer: Int,
        offset: Int,
        bytes: UnsafeMutableRawBufferPointer,
        memory: SharedMemory
    ) {
        self.buffer = buffer
        self.offset = offset
        unsafe self.bytes = bytes
        self.memory = memory
    }
}

package import DeviceProtocol
internal import JSON
internal import POSIX

/// A tensor in one of our buffers, to be read by an engine.
package struct InputTensor: Sendable {
    /// The type of its elements.
    package let type: ElementType
    /// Its dimensions.
    package let shape: [Int]
    /// Where it lies.
    package let buffer: SharedBuffer
    /// Bytes from the start of the buffer.
    package let offset: Int

    /// Describes a tensor.
    ///
    /// - Parameters:
    ///   - type: The type of its elements.
    ///   - shape: Its dimensions.
    ///   - buffer: Where it lies; unchanged until the engine has answered.
    ///   - offset: Bytes from the start of the buffer.
    package init(type: ElementType, shape: [Int], buffer: SharedBuffer, offset: Int = 0) {
        self.type = type
        self.shape = shape
        self.buffer = buffer
        self.offset = offset
    }
}

/// Room in one of our buffers for an output of an engine.
package struct OutputRoom: Sendable {
    /// Where the output goes.
    package let buffer: SharedBuffer
    /// Bytes from the start of the buffer.
    package let offset: Int
    /// Bytes that it may take.
    package let capacity: Int

    /// Describes room for an output.
    ///
    /// - Parameters:
    ///   - buffer: Where the output goes.
    ///   - offset: Bytes from the start of the buffer.
    ///   - capacity: Bytes that it may take; the rest of the buffer when nil.
    package init(buffer: SharedBuffer, offset: Int = 0, capacity: Int? = nil) {
        self.buffer = buffer
        self.offset = offset
        self.capacity = capacity ?? buffer.count - offset
    }
}

/// What an engine answered.
package struct Inference: Sendable {
    /// The outputs by name, with their real shapes.
    package let outputs: [String: Tensor]
    /// How long the engine worked.
    package let deviceTime: Duration
}

/// Our connection to one engine process.
package final class EngineChannel: Sendable {
    private let connection: RequestConnection
    private let graphs = Guarded<[String: GraphDescription]?>(nil)

    init(connection: RequestConnection) {
        self.connection = connection
    }

    /// Whether the engine's process still holds its end.
    var isOpen: Bool { connection.isOpen }

    /// The graphs of the engine's model; asked once, then remembered.
    ///
    /// - Throws: `DeviceError`.
    package func describe() async throws(DeviceError) -> [String: GraphDescription] {
        if let known = graphs.withLock({ $0 }) { return known }
        let reply = try await connection.call(["action": "describe"])
        var described: [String: GraphDescription] = [:]
        for (name, value) in reply.object["graphs"]?.objectValue?.members ?? [] {
            do {
                described[name] = try GraphDescription(value, path: "graphs.\(name)")
            } catch {
                throw DeviceError(.engineFailed, "the engine answered nonsense: \(error)")
            }
        }
        let result = described
        graphs.withLock { $0 = result }
        return result
    }

    /// Runs a graph.
    ///
    /// When the task is cancelled the engine is told, but it may still write to the buffers for a
    /// while: drop them then instead of giving them back to a pool.
    ///
    /// - Parameters:
    ///   - graph: The graph's name.
    ///   - token: The grant's token.
    ///   - inputs: The inputs by name.
    ///   - outputs: Room for each output by name.
    /// - Returns: The outputs' places and real shapes.
    /// - Throws: `DeviceError`; `outputTooSmall` leaves the channel usable.
    func infer(
        _ graph: String,
        token: String,
        inputs: [String: InputTensor],
        outputs: [String: OutputRoom]
    ) async throws(DeviceError) -> Inference {
        var wanted = JSONObject()
        for (name, input) in inputs {
            let tensor = Tensor(
                type: input.type,
                shape: input.shape,
                buffer: input.buffer.id,
                offset: input.offset
            )
            wanted[name] = tensor.json
        }
        var room = JSONObject()
        for (name, output) in outputs {
            room[name] = [
                "buffer": JSONValue(output.buffer.id), "offset": JSONValue(output.offset),
                "capacity": JSONValue(output.capacity),
            ]
        }
        let request: JSONObject = [
            "action": "infer", "graph": .string(graph), "token": .string(token),
            "inputs": .object(wanted), "outputs": .object(room),
        ]
        let buffers = inputs.values.map(\.buffer) + outputs.values.map(\.buffer)
        let reply = try await connection.call(request, buffers: buffers)
        return try Self.inference(reply.object)
    }

    private static func inference(_ reply: JSONObject) throws(DeviceError) -> Inference {
        var results: [String: Tensor] = [:]
        for (name, value) in reply["outputs"]?.objectValue?.members ?? [] {
            do {
                results[name] = try Tensor(value, path: "outputs.\(name)")
            } catch {
                throw DeviceError(.engineFailed, "the engine answered nonsense: \(error)")
            }
        }
        return Inference(
            outputs: results,
            deviceTime: .microseconds(reply["device_us"]?.integerValue ?? 0)
        )
    }
}

import DeviceProtocol
import JSON
import POSIX
import Testing

/// A client's end of a channel.
final class ChannelUnderTest: Sendable {
    let number: Int
    let peer: Peer
    /// Kept, because the process ends with it.
    private let engine: EngineUnderTest
    private let announcements = Guarded(BufferAnnouncements())

    init(_ number: Int, _ peer: Peer, of engine: EngineUnderTest) {
        self.number = number
        self.peer = peer
        self.engine = engine
    }

    /// A tensor of 32-bit floats in a fresh buffer.
    static func floats(_ values: [Float], shape: [Int]) throws -> (Tensor, SharedBuffer) {
        let buffer = try SharedBuffer(size: max(4, values.count * 4))
        unsafe values.withUnsafeBytes { unsafe buffer.memory.bytes.copyMemory(from: $0) }
        return (Tensor(type: .f32, shape: shape, buffer: buffer.id), buffer)
    }

    /// Sends an inference request and returns its number.
    ///
    /// - Parameters:
    ///   - inputs: Tensors by name.
    ///   - outputs: How many bytes of its buffer each output may use.
    ///   - buffers: Everything that the frame names, for its announcements.
    func submit(
        _ graph: String,
        _ inputs: [String: Tensor],
        _ outputs: [String: (buffer: SharedBuffer, capacity: Int)],
        buffers: [SharedBuffer],
        token: String = "token"
    ) -> Int {
        let tensors = inputs.map { ($0.key, $0.value.json) }
        let spaces = outputs.map { name, space in
            let members: JSONObject = [
                "buffer": JSONValue(space.buffer.id), "offset": 0,
                "capacity": JSONValue(space.capacity),
            ]
            return (name, JSONValue.object(members))
        }
        var frame: JSONObject = [
            "action": "infer", "token": .string(token), "graph": .string(graph),
            "inputs": .object(JSONObject(tensors)), "outputs": .object(JSONObject(spaces)),
        ]
        let used = buffers + outputs.values.map(\.buffer)
        let descriptors = announcements.withLock { $0.announce(used, in: &frame) }
        return peer.request(frame, descriptors: descriptors)
    }

    /// Runs a graph with one input "x" and one output "y" of floats.
    func run(
        _ graph: String,
        _ values: [Float],
        shape: [Int],
        capacity: Int,
        token: String = "token"
    ) async throws -> (reply: JSONObject, values: [Float]) {
        let (tensor, buffer) = try Self.floats(values, shape: shape)
        let output = try SharedBuffer(size: max(4, capacity))
        let id = submit(
            graph,
            ["x": tensor],
            ["y": (output, capacity)],
            buffers: [buffer],
            token: token
        )
        let reply = try await peer.reply(to: id)
        return (reply, try Self.floats(in: reply, "y", of: output))
    }

    /// The floats of an output; none after a failure.
    static func floats(
        in reply: JSONObject,
        _ name: String,
        of buffer: SharedBuffer
    ) throws -> [Float] {
        guard let value = reply["outputs"]?[name] else { return [] }
        let tensor = try Tensor(value, path: name)
        try #require(tensor.type == .f32 && tensor.buffer == buffer.id)
        return (0..<tensor.count).map { index in
            unsafe buffer.memory.bytes.loadUnaligned(
                fromByteOffset: tensor.offset + 4 * index,
                as: Float.self
            )
        }
    }
}

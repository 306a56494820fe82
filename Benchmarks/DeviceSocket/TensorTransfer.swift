import DeviceClient
import DeviceProtocol
import POSIX

/// A tensor of 4.9 MB on its way into an engine: copied into a buffer that both have mapped, named in
/// a frame, and seen by the engine as its input.
struct TensorTransfer {
    private static let count = 1 * 3 * 640 * 640 * 4

    private let model: String
    private let source: SharedBuffer
    private let pool = BufferPool()
    /// What the bare copy fills.
    private let target: SharedBuffer

    init(model: String) throws {
        self.model = model
        source = try SharedBuffer(size: Self.count)
        target = try SharedBuffer(size: Self.count)
        // Touched once: a page that was never used costs more than its copy.
        for buffer in [source, target] {
            _ = unsafe buffer.memory.bytes.initializeMemory(as: UInt8.self, repeating: 7)
        }
    }

    /// One copy of as many bytes, for comparison.
    func copy() -> Duration {
        let start = MonotonicTime.now
        copy(to: target)
        return .now - start
    }

    /// One tensor, from our memory until the engine has answered that it had its input.
    func send(under grant: Grant) async throws -> Duration {
        let start = MonotonicTime.now
        let buffer = try pool.take(Self.count)
        copy(to: buffer)
        let tensor = InputTensor(type: .u8, shape: [Self.count], buffer: buffer)
        // No output is wanted, so that nothing is computed.
        _ = try await grant.infer("g", of: model, inputs: ["x": tensor], outputs: [:])
        let time = MonotonicTime.now - start
        pool.giveBack(buffer)
        return time
    }

    private func copy(to buffer: SharedBuffer) {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: source.memory.bytes[..<Self.count])
        unsafe buffer.memory.bytes.copyMemory(from: bytes)
    }
}

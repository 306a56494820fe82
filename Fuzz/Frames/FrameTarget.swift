internal import DeviceProtocol
internal import JSON
internal import POSIX

/// Frames of the device socket, and the buffers that they announce and name.
///
/// The first byte says in pieces of which size the rest arrives.
struct FrameTarget: FuzzTarget {
    static let name = "frames"

    private static let limit = 64 << 10

    /// What a peer may send along: good buffers of two sizes, and a file that is none.
    private let descriptors: [FileDescriptorBox]

    init() throws {
        let socket = try Socket.pair().0
        descriptors = [
            try SharedMemory(size: 4096).descriptor, try SharedMemory(size: 65_536).descriptor,
            socket,
        ]
    }

    func check(_ input: [UInt8]) {
        guard let size = input.first.map({ Int($0) + 1 }) else { return }
        let stream = Array(input.dropFirst())
        let (frames, error) = Self.decode(stream, inPiecesOf: size)
        let whole = Self.decode(stream, inPiecesOf: max(1, stream.count))
        demand(frames == whole.frames, "frames depend on how the stream was cut")
        demand(error == whole.error, "errors depend on how the stream was cut")
        var table = BufferTable()
        for frame in frames {
            var again = FrameDecoder(limit: .max)
            again.append(FrameDecoder.encode(frame))
            demand((try? again.next()) == frame, "a frame does not survive being sent on")
            // A real connection is closed at the first such error.
            guard (try? table.update(from: frame, descriptors: descriptors)) != nil else { return }
            use(frame, table)
        }
    }

    private static func decode(
        _ stream: [UInt8],
        inPiecesOf size: Int
    ) -> (frames: [JSONObject], error: FrameError?) {
        var decoder = FrameDecoder(limit: limit)
        var frames: [JSONObject] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            decoder.append(stream[start..<min(start + size, stream.count)])
            do throws(FrameError) {
                while let frame = try decoder.next() { frames.append(frame) }
            } catch {
                return (frames, error)
            }
        }
        return (frames, nil)
    }

    /// Reads what frames hold besides buffers, and touches the memory of each tensor.
    private func use(_ frame: JSONObject, _ table: BufferTable) {
        if let graph = frame["graph"] { _ = try? GraphDescription(graph, path: "graph") }
        for value in frame["tensors"]?.arrayValue ?? [] {
            guard let tensor = try? Tensor(value, path: "tensors") else { continue }
            let place = unsafe table.slice(
                buffer: tensor.buffer,
                offset: tensor.offset,
                count: tensor.byteCount
            )
            guard let (memory, bytes) = unsafe place else { continue }
            demand(bytes.count == tensor.byteCount, "a tensor has not its bytes")
            if let first = unsafe bytes.first, let last = unsafe bytes.last {
                // The sum keeps the reads; what lies outside the mapping faults.
                demand(Int(first) + Int(last) >= 0, "bytes are never negative")
            }
            withExtendedLifetime(memory) {}
        }
    }
}

import COpenVINO
import DeviceProtocol
import EngineKit

/// A tensor of the library's; used on one thread.
@safe
final class HostTensor {
    let handle: OpaquePointer

    /// Wraps bytes without copying them; they must stay mapped as long as a request may use it.
    ///
    /// Never grows: as an output its element count is the capacity.
    init(
        _ type: ElementType,
        _ shape: [Int],
        at bytes: UnsafeMutableRawBufferPointer
    ) throws(EngineError) {
        var handle: OpaquePointer?
        let status = unsafe Self.withShape(shape) { shape in
            unsafe ov_tensor_create_from_host_ptr(type.openVINO, shape, bytes.baseAddress, &handle)
        }
        unsafe self.handle = try Self.made(status, handle)
    }

    /// Makes a tensor in the library's own memory, zeroed; as an output it grows as needed.
    init(_ type: ElementType, _ shape: [Int]) throws(EngineError) {
        var handle: OpaquePointer?
        let status = unsafe Self.withShape(shape) { shape in
            unsafe ov_tensor_create(type.openVINO, shape, &handle)
        }
        unsafe self.handle = try Self.made(status, handle)
        var bytes: UnsafeMutableRawPointer?
        let found = unsafe ov_tensor_data(self.handle, &bytes)
        try check(found, .inferenceFailed, "find a tensor's bytes")
        let count = shape.reduce(type.size, *)
        unsafe bytes?.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    deinit {
        unsafe ov_tensor_free(handle)
    }

    /// Its present shape; an output's is what the graph made of it.
    func shape() throws(EngineError) -> [Int] {
        var shape = unsafe ov_shape_t()
        let status = unsafe ov_tensor_get_shape(handle, &shape)
        try check(status, .inferenceFailed, "read a tensor's shape")
        defer { unsafe ov_shape_free(&shape) }
        return (0..<Int(unsafe shape.rank)).map { unsafe Int(shape.dims[$0]) }
    }

    /// Copies its bytes to the start of a space that is large enough.
    func copy(to space: UnsafeMutableRawBufferPointer, count: Int) throws(EngineError) {
        var bytes: UnsafeMutableRawPointer?
        let status = unsafe ov_tensor_data(handle, &bytes)
        try check(status, .inferenceFailed, "find a tensor's bytes")
        unsafe space.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count))
    }

    private static func made(
        _ status: ov_status_e,
        _ handle: OpaquePointer?
    ) throws(EngineError) -> OpaquePointer {
        try check(status, .inferenceFailed, "make a tensor")
        guard let handle = unsafe handle else {
            throw EngineError(.inferenceFailed, "OpenVINO gave no tensor")
        }
        return unsafe handle
    }

    private static func withShape(
        _ shape: [Int],
        _ body: (ov_shape_t) -> ov_status_e
    ) -> ov_status_e {
        var dimensions = shape.map { Int64($0) }
        return unsafe dimensions.withUnsafeMutableBufferPointer { buffer in
            // The library copies the shape and never writes to it.
            unsafe body(ov_shape_t(rank: Int64(buffer.count), dims: buffer.baseAddress))
        }
    }
}

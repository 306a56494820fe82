package import JSON

/// A frame that breaks the protocol; the connection that sent it is closed.
package enum FrameError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The announced length is above the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// The body is not JSON.
    case malformed(String)
    /// The body is JSON but no object.
    case notAnObject
    /// The frame names more buffers than descriptors came with it, or a buffer that is unusable.
    case badBuffers(String)

    /// The sentence people read.
    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "a frame of \(bytes) bytes is over the limit of \(limit)"
        case .malformed(let reason): "a frame is not JSON: \(reason)"
        case .notAnObject: "a frame is not a JSON object"
        case .badBuffers(let reason): "a frame's buffers are unusable: \(reason)"
        }
    }
}

/// Cuts a byte stream into frames: a 4-byte big-endian length, then one JSON object in UTF-8.
///
/// Pure: bytes go in, objects come out. Knows no socket. After an error the stream has no next
/// frame boundary, so the decoder must not be fed again.
package struct FrameDecoder: Sendable {
    /// Most bytes of one frame's body.
    package let limit: Int
    private var pending: [UInt8] = []
    private var start = 0

    /// Creates a decoder.
    ///
    /// - Parameter limit: Most bytes of one frame's body.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Adds bytes that arrived.
    ///
    /// - Parameter bytes: Any piece of the stream.
    ///
    /// - Complexity: O(bytes), amortised, however many frames wait to be taken.
    package mutating func append(_ bytes: some Sequence<UInt8>) {
        // What was taken is cleared away only when it is most of the whole, or each append would
        // move everything that waits.
        if start > pending.count / 2 {
            pending.removeFirst(start)
            start = 0
        }
        pending.append(contentsOf: bytes)
    }

    /// The next whole frame, or nil until more bytes arrive.
    ///
    /// - Throws: `FrameError`; a length above the limit is refused before its bytes arrive.
    package mutating func next() throws(FrameError) -> JSONObject? {
        guard pending.count - start >= 4 else { return nil }
        let length = pending[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit else { throw .tooLarge(bytes: length, limit: limit) }
        guard pending.count - start - 4 >= length else { return nil }
        let body = start + 4..<start + 4 + length
        let parsed: Result<JSONValue, JSONError> = unsafe pending.withUnsafeBytes { bytes in
            unsafe JSONValue.parse(UnsafeRawBufferPointer(rebasing: bytes[body]))
        }
        start = body.upperBound
        switch parsed {
        case .success(.object(let object)): return object
        case .success: throw .notAnObject
        case .failure(let error): throw .malformed(error.description)
        }
    }

    /// A frame as bytes, length first.
    ///
    /// - Parameter object: The body.
    package static func encode(_ object: JSONObject) -> [UInt8] {
        encode([object])
    }

    /// Several frames as bytes, one after the other.
    ///
    /// - Parameter objects: The bodies, in order.
    package static func encode(_ objects: [JSONObject]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 * objects.count)
        for object in objects {
            let head = bytes.count
            // The length, once it is known.
            for _ in 0..<4 { bytes.append(0) }
            var writer = JSONWriter(appendingTo: bytes)
            // Ours is let go, or writing would copy what is there.
            bytes = []
            writer.value(.object(object))
            bytes = writer.finish()
            let length = bytes.count - head - 4
            for index in 0..<4 {
                bytes[head + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
            }
        }
        return bytes
    }
}

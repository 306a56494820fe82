package import JSON
package import POSIX

/// The sending end's memory of which buffers a peer has mapped already.
///
/// A frame that uses buffers carries `"buffers": [{"id","size"}]` with a descriptor for each buffer
/// that is new to the peer, and `"forget": [id]` for those that are gone here.
package struct BufferAnnouncements: Sendable {
    private struct Known: Sendable {
        weak let buffer: SharedBuffer?
    }

    private var known: [Int: Known] = [:]

    /// Creates the memory of a new channel.
    package init() {}

    /// Adds to a frame what the peer must learn before it can use buffers.
    ///
    /// - Parameters:
    ///   - buffers: What the frame's tensors name; repetitions are fine.
    ///   - frame: Gains `buffers` and `forget` where needed.
    /// - Returns: The descriptors to send along, in order.
    package mutating func announce(
        _ buffers: [SharedBuffer],
        in frame: inout JSONObject
    ) -> [FileDescriptorBox] {
        let gone = known.filter { $0.value.buffer == nil }.map(\.key)
        for id in gone { known.removeValue(forKey: id) }
        var added: [SharedBuffer] = []
        for buffer in buffers where known[buffer.id] == nil {
            known[buffer.id] = Known(buffer: buffer)
            added.append(buffer)
        }
        if !added.isEmpty {
            frame["buffers"] = .array(
                added.map { ["id": JSONValue($0.id), "size": JSONValue($0.count)] }
            )
        }
        if !gone.isEmpty { frame["forget"] = .array(gone.sorted().map { JSONValue($0) }) }
        return added.map(\.memory.descriptor)
    }
}

/// The receiving end's mapped buffers of one channel.
package struct BufferTable: Sendable {
    /// Most buffers that one channel may have mapped.
    package static let maximumCount = 256
    /// Most bytes that one channel may have mapped.
    package static let maximumBytes = 2 << 30

    private var buffers: [Int: SharedMemory] = [:]
    private var bytes = 0

    /// Creates the table of a new channel.
    package init() {}

    /// Maps what a frame announces and unmaps what it forgets.
    ///
    /// - Parameters:
    ///   - frame: The frame.
    ///   - descriptors: What came with it.
    /// - Throws: `FrameError.badBuffers`; the channel cannot go on then.
    package mutating func update(
        from frame: JSONObject,
        descriptors: [FileDescriptorBox]
    ) throws(FrameError) {
        for item in frame["forget"]?.arrayValue ?? [] {
            guard let id = item.integerValue else { throw .badBuffers("a number to forget") }
            if let old = buffers.removeValue(forKey: id) { bytes -= old.count }
        }
        let announced = frame["buffers"]?.arrayValue ?? []
        guard announced.count <= descriptors.count else {
            throw .badBuffers("\(announced.count) announced, \(descriptors.count) arrived")
        }
        for (item, descriptor) in zip(announced, descriptors) {
            guard let id = item["id"]?.integerValue, let size = item["size"]?.integerValue else {
                throw .badBuffers("'id' and 'size' must be whole numbers")
            }
            try add(id, size: size, descriptor)
        }
    }

    /// The bytes of a tensor.
    ///
    /// - Parameters:
    ///   - buffer: The buffer's number.
    ///   - offset: Where it starts.
    ///   - count: How many bytes it has.
    /// - Returns: The memory, or nil when the buffer is unknown or too short; the caller keeps
    ///   `memory` alive as long as it uses `bytes`.
    package func slice(
        buffer: Int,
        offset: Int,
        count: Int
    ) -> (memory: SharedMemory, bytes: UnsafeMutableRawBufferPointer)? {
        guard let memory = buffers[buffer], offset >= 0, count >= 0, offset <= memory.count,
            count <= memory.count - offset
        else { return nil }
        let part = unsafe UnsafeMutableRawBufferPointer(
            rebasing: memory.bytes[offset..<offset + count]
        )
        return unsafe (memory, part)
    }

    private mutating func add(
        _ id: Int,
        size: Int,
        _ descriptor: FileDescriptorBox
    ) throws(FrameError) {
        guard buffers[id] == nil else { throw .badBuffers("number \(id) is taken") }
        guard buffers.count < Self.maximumCount, size <= Self.maximumBytes - bytes else {
            throw .badBuffers("too many are mapped")
        }
        do {
            let memory = try SharedMemory(received: descriptor, size: size)
            buffers[id] = memory
            bytes += memory.count
        } catch {
            throw .badBuffers(error.description)
        }
    }
}

internal import Synchronization
package import POSIX

/// A shared buffer with the number by which messages name it.
///
/// Numbers are unique in the process that made the buffer, so one buffer has one number on every
/// channel of that process.
package final class SharedBuffer: Sendable {
    /// Its number.
    package let id: Int
    /// Its bytes.
    package let memory: SharedMemory

    private static let nextID = Atomic<Int>(1)

    /// Makes a buffer of our own.
    ///
    /// - Parameter size: Bytes; rounded up to whole pages.
    /// - Throws: `SystemError` when memory is short.
    package init(size: Int) throws(SystemError) {
        memory = try SharedMemory(size: size, name: "baton-buffer")
        id = Self.nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// How many bytes it holds.
    package var count: Int { memory.count }
}

/// Keeps buffers for the next use, because a fresh one costs milliseconds and a used one nothing.
///
/// A buffer that a caller drops without giving it back is simply freed. Peers learn of freed buffers
/// through `BufferAnnouncements`.
package final class BufferPool: Sendable {
    private struct Idle {
        let buffer: SharedBuffer
        let since: MonotonicTime
    }

    private let idle = Guarded<[Idle]>([])
    /// Most bytes kept for later.
    package let limit: Int

    /// Creates a pool.
    ///
    /// - Parameter limit: Most bytes kept for later; what is in use is the callers' business.
    package init(limit: Int = 128 << 20) {
        self.limit = limit
    }

    /// A buffer of at least a size, with arbitrary content.
    ///
    /// - Parameter size: Bytes.
    /// - Throws: `SystemError` when memory is short.
    package func take(_ size: Int) throws(SystemError) -> SharedBuffer {
        let kept = idle.withLock { idle -> SharedBuffer? in
            // The smallest that fits, but not one that would waste most of itself.
            let fitting = idle.indices.filter {
                idle[$0].buffer.count >= size && idle[$0].buffer.count / 4 <= max(size, 65_536)
            }
            let best = fitting.min { idle[$0].buffer.count < idle[$1].buffer.count }
            return best.map { idle.remove(at: $0).buffer }
        }
        if let kept { return kept }
        return try SharedBuffer(size: Self.sizeClass(size))
    }

    /// Gives a buffer back for later use; nobody may touch it any more, at either end.
    ///
    /// - Parameter buffer: A buffer from `take`.
    package func giveBack(_ buffer: SharedBuffer) {
        idle.withLock { idle in
            idle.append(Idle(buffer: buffer, since: .now))
            var total = idle.reduce(0) { $0 + $1.buffer.count }
            // The longest unused go first.
            while total > limit, !idle.isEmpty { total -= idle.removeFirst().buffer.count }
        }
    }

    /// Frees buffers that nobody has used for a while.
    ///
    /// - Parameter moment: Those given back before this moment go.
    package func trim(unusedSince moment: MonotonicTime) {
        idle.withLock { idle in idle.removeAll { $0.since < moment } }
    }

    /// Frees buffers that nobody has used for ten seconds, again and again until the task is cancelled.
    package func keepTrimmed() async {
        while !Task.isCancelled {
            // Cancellation ends the loop; there is nothing to do about it here.
            try? await Task.sleep(for: .seconds(5))
            trim(unusedSince: .now - .seconds(10))
        }
    }

    /// Sizes in steps of a quarter of a power of two, so that similar requests share buffers.
    static func sizeClass(_ size: Int) -> Int {
        // Refused by `SharedMemory`; rounding it up could overflow.
        guard size <= SharedMemory.maximumSize else { return size }
        let least = max(size, 65_536)
        let power = Int.bitWidth - 1 - (least - 1).leadingZeroBitCount
        let step = max((1 << power) / 4, 4096)
        return (least + step - 1) / step * step
    }
}

/// Bytes on their way from one side to the other, in order.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Whether nothing more will be appended.
    var isFinished = false
    /// Whether what was appended is not all that was meant to be.
    var hasFailed = false

    /// How many bytes wait.
    var count: Int { bytes.count - start }

    mutating func append(_ more: some Collection<UInt8>) {
        compact()
        bytes.append(contentsOf: more)
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        compact()
        unsafe bytes.append(contentsOf: more)
    }

    /// Moves bytes out; returns how many.
    mutating func take(into room: UnsafeMutableRawBufferPointer) -> Int {
        let taken = min(count, room.count)
        guard taken > 0 else { return 0 }
        unsafe bytes.withUnsafeBytes { source in
            unsafe room.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[start..<start + taken])
            )
        }
        start += taken
        if count == 0 {
            // An idle stream keeps nothing.
            bytes = []
            start = 0
        }
        return taken
    }

    /// Moves everything out; nil when nothing waits.
    mutating func takeAll() -> [UInt8]? {
        guard count > 0 else { return nil }
        defer {
            bytes = []
            start = 0
        }
        return start == 0 ? bytes : Array(bytes[start...])
    }

    /// Clears away what was taken once it is most of the whole, so that each byte moves once at most.
    private mutating func compact() {
        guard start > bytes.count / 2 else { return }
        bytes.removeFirst(start)
        start = 0
    }
}

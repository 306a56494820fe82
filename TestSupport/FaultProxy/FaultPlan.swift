internal import Randomness

/// What a proxy does to one connection; a value, and the same value does the same every time.
package struct FaultPlan: Sendable, Hashable {
    /// From the client to the server.
    package var upload: StreamFaults
    /// From the server to the client.
    package var download: StreamFaults

    /// Plans each direction.
    ///
    /// - Parameters:
    ///   - upload: From the client to the server.
    ///   - download: From the server to the client.
    package init(upload: StreamFaults = .init(), download: StreamFaults = .init()) {
        self.upload = upload
        self.download = download
    }

    /// Plans by chance: the same number gives the same plan.
    ///
    /// Never stalls, so that whoever waits for an end gets one; waits are below 20 ms each.
    ///
    /// - Parameters:
    ///   - seed: Which plan.
    ///   - length: About how many bytes a direction has; faults happen within them.
    package init(seed: UInt64, length: Int) {
        var chance = SeededGenerator(seed: seed)
        upload = Self.faults(length, &chance)
        download = Self.faults(length, &chance)
    }

    private static func faults(_ length: Int, _ chance: inout SeededGenerator) -> StreamFaults {
        var faults = StreamFaults()
        let place = 0...max(0, length)
        if Int.random(in: 0..<3, using: &chance) == 0 {
            faults.latency = .milliseconds(Int.random(in: 1..<20, using: &chance))
        }
        if Int.random(in: 0..<3, using: &chance) == 0 {
            // At most some twenty waits, however long the stream is.
            let bytes = max(1, length / 20) + Int.random(in: 0...length, using: &chance)
            faults.pace = .init(bytes: bytes, every: .milliseconds(1))
        }
        for _ in 0..<Int.random(in: 0..<3, using: &chance) {
            let mask = UInt8.random(in: 1...255, using: &chance)
            faults.flips[Int.random(in: place, using: &chance)] = mask
        }
        let ways: [StreamFaults.Way?] = [nil, nil, .halfClose, .cut, .reset]
        if let way = ways[Int.random(in: 0..<ways.count, using: &chance)] {
            faults.ending = .init(after: Int.random(in: place, using: &chance), by: way)
        }
        return faults
    }
}

internal import Synchronization

/// Makes request ids.
struct RequestIDs: ~Copyable, Sendable {
    private let seed = UInt64.random(in: .min ... .max)
    private let next = Atomic<UInt64>(0)

    /// A new id of 16 hexadecimal digits: unique within the process, not a secret.
    ///
    /// A counter is mixed (splitmix64) rather than random bytes drawn, which would cost a system
    /// call for every request.
    func make() -> String {
        let step = next.wrappingAdd(1, ordering: .relaxed).newValue
        var bits = seed &+ step &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return unsafe String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: bits >> UInt64(60 - 4 * index)) & 15
                unsafe buffer[index] = digit < 10 ? digit + 0x30 : digit + 0x57
            }
            return 16
        }
    }
}

/// What a proxy does to the bytes of one direction.
package struct StreamFaults: Sendable, Hashable {
    /// A rate that no network card would have.
    package struct Pace: Sendable, Hashable {
        /// Bytes that pass at once; above 0.
        package var bytes: Int
        /// How long nothing passes after them.
        package var interval: Duration

        /// Describes a rate.
        ///
        /// - Parameters:
        ///   - bytes: Bytes that pass at once; above 0.
        ///   - interval: How long nothing passes after them.
        package init(bytes: Int, every interval: Duration) {
            precondition(bytes > 0, "a pace lets something pass")
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// An end that comes before the sender's own.
    package struct Ending: Sendable, Hashable {
        /// After how many bytes; 0 ends the direction at once.
        package var after: Int
        /// How.
        package var way: Way

        /// Describes an end.
        ///
        /// - Parameters:
        ///   - count: After how many bytes.
        ///   - way: How.
        package init(after count: Int, by way: Way) {
            precondition(count >= 0, "a stream ends at its start or later")
            after = count
            self.way = way
        }
    }

    /// How a direction ends.
    package enum Way: Sendable, Hashable {
        /// This direction ends with a FIN; the other one goes on.
        case halfClose
        /// Both directions end with a FIN; what their senders still send is thrown away.
        case cut
        /// Both ends get a reset.
        ///
        /// Unix sockets have none: there it is an end of stream, and `ECONNRESET` for whoever was
        /// not read to the end.
        case reset
        /// Nothing is read or written in this direction any more, until the proxy ends.
        case stall
    }

    /// How long each byte is under way.
    package var latency = Duration.zero
    /// At which rate bytes pass; all that the receiver takes when nil.
    package var pace: Pace?
    /// Bits to turn over, by the byte's place in the stream.
    package var flips: [Int: UInt8] = [:]
    /// Where the direction ends; where its sender ends it when nil.
    package var ending: Ending?

    /// No faults at all.
    package init() {}

    /// Ends a direction.
    ///
    /// - Parameters:
    ///   - count: After how many bytes.
    ///   - way: How.
    package static func ending(after count: Int, by way: Way) -> StreamFaults {
        var faults = StreamFaults()
        faults.ending = Ending(after: count, by: way)
        return faults
    }

    /// Turns over bits of one byte.
    ///
    /// - Parameters:
    ///   - offset: The byte's place in the stream.
    ///   - mask: Which bits.
    package static func flipping(_ mask: UInt8, at offset: Int) -> StreamFaults {
        var faults = StreamFaults()
        faults.flips = [offset: mask]
        return faults
    }

    /// Lets bytes trickle.
    ///
    /// - Parameters:
    ///   - bytes: Bytes that pass at once.
    ///   - interval: How long nothing passes after them.
    package static func trickling(_ bytes: Int, every interval: Duration) -> StreamFaults {
        var faults = StreamFaults()
        faults.pace = Pace(bytes: bytes, every: interval)
        return faults
    }
}

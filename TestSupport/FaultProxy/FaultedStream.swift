package import POSIX

/// One direction of a connection: bytes come in, and it says what to do next.
///
/// DESIGN. Everything a proxy decides is here, in a value that knows neither socket nor clock: the
/// shell reads while `wantsInput`, asks for the `next` step, performs it and says what it did. Bytes
/// leave in the order in which they came; a wait is always until a named moment, so the same plan,
/// bytes and moments give the same steps.
package struct FaultedStream: Sendable {
    /// What to do next.
    package enum Step: Sendable, Hashable {
        /// Nothing before more bytes have come.
        case read
        /// Nothing before this moment.
        case wait(until: MonotonicTime)
        /// Give these bytes to the receiver, or as many of them as it takes.
        case write(ArraySlice<UInt8>)
        /// Tell the receiver that no more will come, then go on.
        case finish
        /// Tell both ends that no more will come, and throw away what they still send.
        case cut
        /// Break the connection.
        case reset
        /// Nothing, for ever.
        case stall
        /// Nothing, because both the sender and this stream have ended.
        case done
    }

    /// Most bytes that are kept on their way.
    package static let capacity = 64 << 10

    private enum Phase {
        /// Bytes pass.
        case open
        /// The receiver was told that no more will come; what comes all the same is thrown away.
        case closed
    }

    private struct Piece {
        var bytes: ArraySlice<UInt8>
        let due: MonotonicTime
    }

    private let faults: StreamFaults
    private var phase = Phase.open
    private var pieces: [Piece] = []
    /// Bytes that came.
    private var received = 0
    /// Bytes that left.
    private var sent = 0
    /// Since when the sender has nothing more to say, with the time that takes to get through.
    private var finishDue: MonotonicTime?
    /// Bytes that may pass before the next pause.
    private var allowance: Int
    private var pauseEnd: MonotonicTime?

    /// Begins a stream.
    ///
    /// - Parameter faults: What happens to it.
    package init(_ faults: StreamFaults) {
        self.faults = faults
        allowance = faults.pace?.bytes ?? .max
    }

    /// Whether bytes of the sender may be read now.
    package var wantsInput: Bool {
        guard finishDue == nil, !isStalled else { return false }
        return phase == .closed || received - sent < Self.capacity
    }

    /// Takes bytes of the sender.
    ///
    /// - Parameters:
    ///   - bytes: What came.
    ///   - now: When.
    package mutating func receive(_ bytes: some Collection<UInt8>, at now: MonotonicTime) {
        guard phase == .open, !bytes.isEmpty else { return }
        var changed = Array(bytes)
        for (offset, mask) in faults.flips {
            let index = offset - received
            if changed.indices.contains(index) { changed[index] ^= mask }
        }
        received += changed.count
        pieces.append(Piece(bytes: changed[...], due: now + faults.latency))
    }

    /// Notes that the sender has nothing more to say.
    ///
    /// - Parameter now: When.
    package mutating func finish(at now: MonotonicTime) {
        finishDue = now + faults.latency
    }

    /// Ends this direction because the whole connection is cut.
    package mutating func close() {
        phase = .closed
        pieces = []
    }

    /// What to do next.
    ///
    /// - Parameter now: The present moment.
    package mutating func next(at now: MonotonicTime) -> Step {
        if phase == .closed { return finishDue == nil ? .read : .done }
        if let ending = faults.ending, sent == ending.after { return end(by: ending.way) }
        guard let due = pieces.first?.due ?? finishDue else { return .read }
        if due > now { return .wait(until: due) }
        guard let piece = pieces.first else { return end(by: .halfClose) }
        if let pauseEnd {
            if pauseEnd > now { return .wait(until: pauseEnd) }
            self.pauseEnd = nil
        }
        let untilEnd = faults.ending.map { $0.after - sent } ?? .max
        return .write(piece.bytes.prefix(min(allowance, untilEnd)))
    }

    /// Notes what the receiver took of the last `write`.
    ///
    /// - Parameters:
    ///   - count: How many bytes.
    ///   - now: When.
    package mutating func wrote(_ count: Int, at now: MonotonicTime) {
        sent += count
        pieces[0].bytes.removeFirst(count)
        if pieces[0].bytes.isEmpty { pieces.removeFirst() }
        guard let pace = faults.pace else { return }
        allowance -= count
        if allowance == 0 {
            allowance = pace.bytes
            pauseEnd = now + pace.interval
        }
    }

    private var isStalled: Bool {
        guard let ending = faults.ending else { return false }
        return ending.way == .stall && sent == ending.after
    }

    private mutating func end(by way: StreamFaults.Way) -> Step {
        switch way {
        case .stall: return .stall
        case .reset: return .reset
        case .halfClose, .cut:
            close()
            return way == .cut ? .cut : .finish
        }
    }
}

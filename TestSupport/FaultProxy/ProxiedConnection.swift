internal import Glibc
internal import POSIX

/// One client, its server, and the two streams between them; performs what the streams decide.
// Unchecked: touched on the loop's thread only, once it is made.
final class ProxiedConnection: @unchecked Sendable {
    /// Indices of the sides, and of the streams that come from them.
    private enum Side: Int, CaseIterable {
        case client, server

        var opposite: Side { self == .client ? .server : .client }
    }

    private let sockets: [FileDescriptorBox]
    private let loop: EventLoop
    private let onEnd: () -> Void
    private var streams: [FaultedStream]
    private var watches: [EventLoop.Watch?] = [nil, nil]
    private var timers: [EventLoop.Timer?] = [nil, nil]
    /// Whether the receiver of a side's stream takes nothing now.
    private var isBlocked = [false, false]
    private var hasEnded = false

    init(
        _ client: FileDescriptorBox,
        _ server: FileDescriptorBox,
        _ plan: FaultPlan,
        on loop: EventLoop,
        onEnd: @escaping () -> Void
    ) {
        sockets = [client, server]
        streams = [FaultedStream(plan.upload), FaultedStream(plan.download)]
        self.loop = loop
        self.onEnd = onEnd
    }

    func start() { goOn() }

    /// Closes both sockets.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        for side in Side.allCases {
            watches[side.rawValue].take().map(loop.cancel)
            timers[side.rawValue].take().map(loop.cancel)
        }
        onEnd()
    }

    // MARK: Steps

    /// Performs all that can be done now, then waits for what is needed next.
    private func goOn() {
        for side in Side.allCases where !hasEnded { perform(side) }
        guard !hasEnded else { return }
        if Side.allCases.allSatisfy({ streams[$0.rawValue].next(at: .now) == .done }) {
            return end()
        }
        for side in Side.allCases where !hasEnded { watch(side) }
    }

    private func perform(_ side: Side) {
        timers[side.rawValue].take().map(loop.cancel)
        while !hasEnded, !isBlocked[side.rawValue] {
            let now = MonotonicTime.now
            switch streams[side.rawValue].next(at: now) {
            case .write(let bytes): write(bytes, from: side, now)
            case .wait(let moment):
                timers[side.rawValue] = loop.schedule(at: moment) { [self] in goOn() }
                return
            case .finish: finish(side.opposite)
            case .cut:
                for each in Side.allCases {
                    streams[each.rawValue].close()
                    isBlocked[each.rawValue] = false
                    finish(each)
                }
            case .reset: reset()
            case .read, .stall, .done: return
            }
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, from side: Side, _ now: MonotonicTime) {
        let receiver = sockets[side.opposite.rawValue].number
        let count = bytes.withUnsafeBytes {
            send(receiver, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count >= 0 {
            streams[side.rawValue].wrote(count, at: now)
        } else if errno == EAGAIN {
            isBlocked[side.rawValue] = true
        } else {
            // The receiver is gone; a network without faults would tell the sender.
            reset()
        }
    }

    private func read(_ side: Side) {
        guard streams[side.rawValue].wantsInput else { return }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(sockets[side.rawValue].number, &buffer, buffer.count, 0)
        if count > 0 {
            streams[side.rawValue].receive(buffer.prefix(count), at: .now)
        } else if count == 0 {
            streams[side.rawValue].finish(at: .now)
        } else if errno != EAGAIN {
            reset()
        }
    }

    private func finish(_ side: Side) {
        // Fails only when that end is gone already.
        _ = shutdown(sockets[side.rawValue].number, CInt(SHUT_WR))
    }

    /// Breaks the connection at both ends.
    private func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        for socket in sockets {
            let size = socklen_t(MemoryLayout<linger>.size)
            setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &option, size)
        }
        end()
    }

    // MARK: Waiting

    private func watch(_ side: Side) {
        var wanted: EventLoop.Readiness = []
        if streams[side.rawValue].wantsInput { wanted.insert(.readable) }
        if isBlocked[side.opposite.rawValue] { wanted.insert(.writable) }
        guard !wanted.isEmpty else {
            // Hang-ups are reported unasked, again and again, so that nothing is watched at all.
            watches[side.rawValue].take().map(loop.cancel)
            return
        }
        if let watch = watches[side.rawValue] { return loop.change(watch, to: wanted) }
        let number = sockets[side.rawValue].number
        watches[side.rawValue] = try? loop.watch(number, for: wanted) { [self] _ in
            isBlocked[side.opposite.rawValue] = false
            read(side)
            if !hasEnded { goOn() }
        }
        // Only without memory in the kernel: what cannot be watched cannot go on.
        if watches[side.rawValue] == nil { end() }
    }
}

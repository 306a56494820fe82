import Glibc
import POSIX

/// What a program writes, line by line, and the end of its last writer.
final class Transcript: Sendable {
    private struct State {
        var lines: [String] = []
        /// The first line that `next` has not passed.
        var cursor = 0
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Guarded(State())

    /// Reads a stream on a thread of its own, to its end.
    init(of stream: FileDescriptorBox) throws {
        try NamedThread("transcript") { [self] in
            var partial: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(stream.number, &chunk, chunk.count)
                guard count > 0 else { break }
                partial += chunk.prefix(count)
                var lines = partial.split(
                    separator: UInt8(ascii: "\n"),
                    omittingEmptySubsequences: false
                )
                partial = Array(lines.removeLast())
                note(lines.map { String(decoding: $0, as: UTF8.self) }, isEnd: false)
            }
            let rest = partial.isEmpty ? [] : [String(decoding: partial, as: UTF8.self)]
            note(rest, isEnd: true)
        }.detach()
    }

    /// Every line so far.
    var lines: [String] { state.withLock { $0.lines } }

    /// Everything so far.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// The next line with all of these in it, after the last that was asked for; nil when the
    /// program ends without it.
    func next(_ parts: String...) async -> String? {
        while true {
            let (found, seen, hasEnded) = state.withLock { state in
                let rest = state.lines.indices[state.cursor...]
                let index = rest.first { index in
                    parts.allSatisfy { state.lines[index].contains($0) }
                }
                if let index { state.cursor = index + 1 }
                return (index.map { state.lines[$0] }, state.lines.count, state.hasEnded)
            }
            if let found { return found }
            if hasEnded { return nil }
            await change(after: seen)
        }
    }

    /// Waits until nobody can write any more: the program and all that it started are gone.
    func end() async {
        while true {
            let (count, hasEnded) = state.withLock { ($0.lines.count, $0.hasEnded) }
            if hasEnded { return }
            await change(after: count)
        }
    }

    private func note(_ lines: [String], isEnd: Bool) {
        let waiters = state.withLock { state in
            state.lines += lines
            state.hasEnded = isEnd
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func change(after count: Int) async {
        await withCheckedContinuation { waiter in
            let isOver = state.withLock { state in
                guard state.lines.count == count, !state.hasEnded else { return true }
                state.waiters.append(waiter)
                return false
            }
            if isOver { waiter.resume() }
        }
    }
}

internal import HTTPClient
internal import ModelStore
internal import POSIX

/// Takes one part of a blob from an answer and puts it in its place.
///
/// Works for the ranges that were asked for (206) and for whole blobs (200): then what is there
/// already is passed over, and everything behind it is taken. Whatever does not fit what was asked
/// for ends the exchange.
final class PartReceiver: WebReceiver {
    /// Why a receiver ended an exchange.
    enum Refusal: Sendable {
        /// The answer is another one: a redirection, a refusal.
        case head(WebHead)
        /// The answer is the whole blob, and another stream takes that already.
        case surplus
        /// What the registry says cannot be.
        case invalid(String)
        /// The store cannot take it.
        case store(StoreError)
    }

    private struct State {
        var range: Range<Int>
        /// Where the next byte of the answer belongs.
        var position = 0
        var isWhole = false
        var refusal: Refusal?
        var received = 0
    }

    /// Where a part goes, and who wants to know.
    struct Target: Sendable {
        let partial: PartialBlob
        let limit: RateLimit
        /// Lets this stream take the whole blob, from where on bytes are missing; nil where another
        /// one does.
        let takesWhole: @Sendable () -> Int?
        /// Bytes have come in.
        let progressed: @Sendable () -> Void
    }

    private let target: Target
    private let state: Guarded<State>

    init(_ range: Range<Int>, _ target: Target) {
        self.target = target
        state = Guarded(State(range: range))
    }

    /// What is missing of the part, from the beginning of a block on.
    var rest: Range<Int> {
        state.withLock { state in
            let block = PartialBlob.blockSize
            let reached = min(max(state.position, state.range.lowerBound), state.range.upperBound)
            let isAtEnd = reached == state.range.upperBound
            return (isAtEnd ? reached : reached / block * block)..<state.range.upperBound
        }
    }

    /// What was asked for; all that is missing, for a whole blob.
    var range: Range<Int> { state.withLock { $0.range } }

    /// Prepares for the answer to another request for the same part.
    func again() {
        state.withLock { $0.refusal = nil }
    }

    var refusal: Refusal? { state.withLock { $0.refusal } }
    /// Whether the answer was the whole blob.
    var isWhole: Bool { state.withLock { $0.isWhole } }
    /// Bytes of the part that came in.
    var received: Int { state.withLock { $0.received } }

    func receive(_ head: WebHead) throws(WebError) {
        let size = target.partial.size
        switch head.status {
        case 206:
            let asked = state.withLock { $0.range }
            guard let given = ContentRange(head.fields["Content-Range"] ?? ""),
                given.range.lowerBound == asked.lowerBound,
                given.range.upperBound <= asked.upperBound, given.total ?? size == size,
                head.length ?? given.range.count == given.range.count
            else {
                throw refuse(.invalid("it gives another range than it was asked for"))
            }
            state.withLock { $0.position = given.range.lowerBound }
        case 200:
            guard head.length ?? size == size else {
                throw refuse(.invalid("the blob has another length than its manifest says"))
            }
            guard let start = target.takesWhole() else { throw refuse(.surplus) }
            state.withLock { state in
                state.isWhole = true
                state.range = start..<size
            }
        default: throw refuse(.head(head))
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(WebError) -> WebFlow {
        if let moment = target.limit.take(bytes.count, at: .now) { return .wait(until: moment) }
        let (position, range, isWhole) = state.withLock { ($0.position, $0.range, $0.isWhole) }
        let end = position + bytes.count
        guard end <= range.upperBound else {
            throw refuse(.invalid("it sends more bytes than it was asked for"))
        }
        let wanted = max(position, isWhole ? range.lowerBound : position)..<end
        if !wanted.isEmpty, wanted.lowerBound < end {
            let piece = unsafe UnsafeRawBufferPointer(
                rebasing: bytes[(wanted.lowerBound - position)...]
            )
            do throws(StoreError) {
                unsafe try target.partial.write(piece, at: wanted.lowerBound)
                try mark(from: max(position, range.lowerBound), to: end)
            } catch {
                throw refuse(.store(error))
            }
        }
        state.withLock { state in
            state.position = end
            state.received += bytes.count
        }
        target.progressed()
        return .taken
    }

    /// Notes the blocks that are complete now.
    private func mark(from start: Int, to end: Int) throws(StoreError) {
        let size = PartialBlob.blockSize
        // The block in which writing goes on is complete only with its last byte.
        let first = start / size
        let last = end == target.partial.size ? target.partial.count : end / size
        guard first < last else { return }
        for block in first..<last { try target.partial.mark(block) }
    }

    private func refuse(_ refusal: Refusal) -> WebError {
        state.withLock { $0.refusal = refusal }
        return WebError(.stopped, "the answer is not taken")
    }
}

/// The field `Content-Range` (RFC 9110, 14.4).
struct ContentRange: Hashable {
    let range: Range<Int>
    /// Bytes of the whole; nil where the server does not say.
    let total: Int?

    /// Reads a field; nil when it is none, or one without a range.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let halves = words[1].split(separator: "/", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        let ends = halves[0].split(separator: "-", maxSplits: 1).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, last >= first,
            last < Int.max
        else { return nil }
        range = first..<last + 1
        if halves[1] == "*" {
            total = nil
        } else {
            guard let total = Int(halves[1]), total >= range.upperBound else { return nil }
            self.total = total
        }
    }
}

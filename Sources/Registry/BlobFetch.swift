internal import HTTPClient
internal import ModelStore
internal import POSIX

/// Downloads one blob: several streams, one digest.
///
/// DESIGN. Streams take ranges from a plan (`RangePlan`), each asks for its own, and what one did
/// not get goes back to the plan. Where the registry redirects to, often for minutes only, is asked
/// for once and again when it is refused. A server that knows no ranges gives the whole blob to one
/// stream. One thread digests behind them; only what has the right digest becomes a blob.
final class BlobFetch: Sendable {
    /// What all blobs of a program share.
    struct Shared: Sendable {
        let writer: StoreWriter
        let settings: RegistryTransfers.Settings
        let streams: StreamLimit
        let rate: RateLimit
    }

    /// Another stream has the whole blob already.
    private struct Surplus: Error {}

    /// The server refuses for now.
    private struct Passing: Error {
        let wanted: Duration?
        let reason: RegistryError
    }

    private struct State {
        var plan = RangePlan([], alignment: 1, streams: 1)
        var isWholeTaken = false
        /// Where the registry redirected to.
        var direct: WebURL?
        var told = MonotonicTime(nanoseconds: 0)
    }

    private static let interval: Duration = .milliseconds(100)

    private let digest: BlobDigest
    private let size: Int
    private let connection: RegistryConnection
    private let shared: Shared
    /// Told how many bytes are there, ten times a second at most.
    private let progressed: @Sendable (Int) -> Void
    private let state = Guarded(State())

    init(
        _ digest: BlobDigest,
        size: Int,
        _ connection: RegistryConnection,
        _ shared: Shared,
        progressed: @escaping @Sendable (Int) -> Void
    ) {
        self.digest = digest
        self.size = size
        self.connection = connection
        self.shared = shared
        self.progressed = progressed
    }

    /// Downloads what is missing and makes it a blob.
    func run() async throws {
        let (writer, digest, size) = (shared.writer, digest, size)
        let partial = try await blocking("blob-open") {
            try PartialBlob(writer, digest, size: size)
        }
        progressed(partial.bytes)
        var found = try await complete(partial)
        if found != digest, partial.resumedBytes > 0 {
            // What an earlier download left may be what is wrong: after a power cut, for example.
            try await blocking("blob-restart") { try partial.restart() }
            found = try await complete(partial)
        }
        guard found == digest else {
            try await blocking("blob-discard") { try partial.discard() }
            throw RegistryError.digestMismatch(digest)
        }
        let complete = found
        try await blocking("blob-finish") { try partial.finish(complete) }
        progressed(size)
    }

    /// Downloads what is missing; returns the digest of everything.
    private func complete(_ partial: PartialBlob) async throws -> BlobDigest {
        let follower = DigestFollower(partial)
        async let digested = blocking("blob-digest") { try follower.run() }
        do {
            try await download(partial, follower)
        } catch {
            follower.cancel()
            // Its thread must have ended before the file is let go; why it ended is no news.
            _ = try? await digested
            throw error
        }
        follower.notice()
        guard let found = try await digested else { throw RegistryError.cancelled }
        return found
    }

    private func download(_ partial: PartialBlob, _ follower: DigestFollower) async throws {
        let missing = partial.missingRanges
        let bytes = missing.reduce(0) { $0 + $1.count }
        let wanted = (bytes + RangePlan.leastPart - 1) / RangePlan.leastPart
        let streams = max(1, min(shared.settings.streams, wanted))
        state.withLock { state in
            let block = PartialBlob.blockSize
            state.plan = RangePlan(missing, alignment: block, streams: streams)
            state.isWholeTaken = false
        }
        guard bytes > 0 else { return }
        let target = PartReceiver.Target(
            partial: partial,
            limit: shared.rate,
            takesWhole: { [self] in takeWhole(partial) },
            progressed: { [self] in
                follower.notice()
                tell(partial)
            }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<streams { group.addTask { try await self.stream(target) } }
            try await group.waitForAll()
        }
    }

    // MARK: Streams

    private func stream(_ target: PartReceiver.Target) async throws {
        var (rate, failures) = (Double?.none, 0)
        while let range = state.withLock({ $0.plan.take(rate: rate) }) {
            // A stream that got the whole blob may have brought it.
            guard target.partial.end(ofBytesFrom: range.lowerBound) < range.upperBound else {
                continue
            }
            let receiver = PartReceiver(range, target)
            let start = MonotonicTime.now
            let problem: Passing
            do {
                try await shared.streams.enter()
                do {
                    try await fetch(receiver)
                } catch {
                    await shared.streams.leave()
                    throw error
                }
                await shared.streams.leave()
                rate =
                    Double(receiver.received) / max(0.001, MonotonicTime.now.seconds(since: start))
                giveBack(receiver)
                if receiver.rest.isEmpty {
                    failures = 0
                    continue
                }
                let reason = "it sends fewer bytes than it was asked for"
                problem = Passing(wanted: nil, reason: .unavailable(reason))
            } catch is Surplus {
                return
            } catch let error as Passing {
                giveBack(receiver)
                problem = error
            } catch let error as WebError where error.isPassing {
                giveBack(receiver)
                problem = Passing(wanted: nil, reason: RegistryError(error))
            }
            // Only whole blocks are progress: bytes of others come again.
            if receiver.rest.lowerBound > receiver.range.lowerBound { failures = 0 }
            failures += 1
            rate = nil
            try await connection.pause(after: failures, problem.wanted, problem.reason)
        }
    }

    private func giveBack(_ receiver: PartReceiver) {
        state.withLock { state in
            if receiver.isWhole { state.isWholeTaken = false }
            state.plan.giveBack(receiver.rest)
        }
    }

    /// Lets one stream have the whole blob; returns where bytes are missing from.
    private func takeWhole(_ partial: PartialBlob) -> Int? {
        let start = partial.missingRanges.first?.lowerBound
        return state.withLock { state in
            guard !state.isWholeTaken else { return nil }
            state.isWholeTaken = true
            state.plan.takeAll()
            return start
        }
    }

    private func tell(_ partial: PartialBlob) {
        let now = MonotonicTime.now
        let mustTell = state.withLock { state in
            guard now - state.told >= Self.interval else { return false }
            state.told = now
            return true
        }
        if mustTell { progressed(partial.bytes) }
    }

    // MARK: One part

    /// Gets one part, by way of challenges, redirections and addresses that have expired.
    private func fetch(_ receiver: PartReceiver) async throws {
        let base = try connection.place.blob(digest)
        var url = state.withLock { $0.direct } ?? base
        var (redirects, challenges, refreshes) = (0, 0, 0)
        while true {
            var request = connection.request("GET", url, isBulk: true)
            let range = receiver.range
            request.fields["Range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
            receiver.again()
            let refused: WebHead
            do throws(WebError) {
                connection.learn(try await connection.start(request, receiver).finished())
                if !connection.isOwn(url) { remember(url) }
                return
            } catch {
                if url != base { remember(nil) }
                guard error.code == .stopped, let refusal = receiver.refusal else { throw error }
                refused = try Self.head(of: refusal)
            }
            connection.learn(refused)
            if let target = try connection.redirection(refused) {
                redirects += 1
                guard redirects <= RegistryConnection.mostRedirects else {
                    throw RegistryError.forbiddenRedirect("'\(base)' redirects in circles")
                }
                url = target
            } else if refused.status == 401, connection.isOwn(url), challenges < 2 {
                challenges += 1
                try await connection.authenticate(refused)
            } else if url != base, (400..<500).contains(refused.status), refused.status != 429,
                refreshes < 2
            {
                // An address that was good for a while; the registry gives another.
                refreshes += 1
                redirects = 0
                url = base
            } else {
                throw problem(with: refused)
            }
        }
    }

    private func remember(_ url: WebURL?) {
        state.withLock { $0.direct = url }
    }

    private static func head(of refusal: PartReceiver.Refusal) throws -> WebHead {
        switch refusal {
        case .head(let head): return head
        case .surplus: throw Surplus()
        case .invalid(let what): throw RegistryError.invalidAnswer(what)
        case .store(let error): throw error
        }
    }

    private func problem(with head: WebHead) -> any Error {
        let refusal = connection.refusal(head, [])
        if RegistryConnection.isPassing(head.status) {
            return Passing(wanted: RegistryConnection.retryAfter(head), reason: refusal)
        }
        switch head.status {
        case 404: return RegistryError.noSuchBlob(digest)
        // No range that was asked for is beyond the length that was promised.
        case 416: return RegistryError.invalidAnswer("\(digest) has fewer than \(size) bytes")
        default: return refusal
        }
    }
}

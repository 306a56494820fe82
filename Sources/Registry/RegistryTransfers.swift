package import HTTPClient
package import ModelStore
internal import POSIX
package import SigningKeys

/// Pulls models from registries into a store, and pushes them.
///
/// DESIGN. A transfer is known by its model's reference and its direction. Whoever asks for one
/// that goes on joins it; whoever leaves hurts nobody. With the last client a transfer pauses,
/// unless it was started for its own sake (`start`): what has come stays, and the next pull goes on
/// from there. Under the transfers each blob is downloaded once, for however many of them need it.
///
/// 1. A manifest is written when all its blobs are in the store, never before.
/// 2. From its beginning to its end a pull pins its blobs, so that no collection takes them away.
/// 3. Every transfer that began tells each of its clients its end, once.
package actor RegistryTransfers {
    /// What can be set.
    package struct Settings: Sendable {
        /// Streams at once, for everything together; 8 unless set.
        package var streams = 8
        /// Blobs of one model at once; 4 unless set.
        package var blobs = 4
        /// Transfers at once, paused ones too; 16 unless set.
        package var transfers = 16
        /// Bytes a second that are received for everything together; without a limit unless set.
        package var rate: Int?
        /// How long an exchange may take.
        package var patience = Patience()
        /// How often something is tried again.
        package var retries = RetryRule()
        /// Which addresses registries may have; any unless set.
        package var addresses = AddressRule.any
        /// Who somebody is at registries.
        package var credentials = RegistryCredentials()
        /// The key that signs questions for tokens where no name and password are known; nil for
        /// none.
        ///
        /// Asked each time, so that a new key counts at once; may read a file.
        package var key: @Sendable () -> SigningKey? = { nil }
        /// How requests are sent.
        package var client = WebClient.Settings()

        /// The usual settings.
        package init() {}
    }

    /// Where bytes go.
    package enum Direction: String, Sendable, Hashable {
        /// From a registry into the store.
        case pull
        /// From the store to a registry.
        case push
    }

    /// How a transfer stands.
    package struct Status: Sendable, Hashable {
        /// The model.
        package let reference: RegistryReference
        /// Where bytes go.
        package let direction: Direction
        /// Whether it waits for somebody to resume it.
        package let isPaused: Bool
        /// Who reads its progress.
        package let clients: Int
        /// The newest of each thing that goes on.
        package let progress: [RegistryProgress]
    }

    struct Key: Hashable {
        let reference: RegistryReference
        let direction: Direction
    }

    /// A client's place at a transfer; leaves when it is let go.
    final class Place: Sendable {
        let feed: NewestFeed<RegistryProgress>
        private let leave: @Sendable () -> Void

        init(_ feed: NewestFeed<RegistryProgress>, leave: @escaping @Sendable () -> Void) {
            self.feed = feed
            self.leave = leave
        }

        deinit { leave() }
    }

    struct Transfer {
        let number: Int
        var task: Task<Void, Never>?
        var feeds: [Int: NewestFeed<RegistryProgress>] = [:]
        var latest: [RegistryProgress] = []
        var isBackground = false
        var isPaused = false
        /// Shall end for good, and what came of it go.
        var isCancelled = false
        /// The blobs that it is about, once they are known.
        var blobs: Set<BlobDigest> = []
    }

    let client: WebClient
    let shared: BlobFetch.Shared
    var transfers: [Key: Transfer] = [:]
    var fetches: [BlobDigest: SharedFetch] = [:]
    private var lastNumber = 0

    var writer: StoreWriter { shared.writer }
    var settings: Settings { shared.settings }

    /// Prepares transfers; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - writer: The store.
    ///   - settings: What can be set.
    /// - Throws: `RegistryError` when there is no thread or memory for it.
    package init(_ writer: StoreWriter, settings: Settings = Settings()) throws(RegistryError) {
        do throws(WebError) {
            client = try WebClient(name: "registry", settings: settings.client)
        } catch {
            throw RegistryError(error)
        }
        shared = BlobFetch.Shared(
            writer: writer,
            settings: settings,
            streams: StreamLimit(settings.streams),
            rate: RateLimit(settings.rate)
        )
    }

    // MARK: What can be asked for

    /// Pulls a model, or joins whoever does.
    ///
    /// One that was paused goes on.
    ///
    /// - Parameter reference: The model.
    /// - Returns: The progress; letting it go leaves the pull.
    /// - Throws: `RegistryError` `.tooMany`.
    package func pull(_ reference: RegistryReference) throws(RegistryError) -> RegistryUpdates {
        try join(Key(reference: reference, direction: .pull))
    }

    /// Pushes a model, or joins whoever does.
    ///
    /// - Parameter reference: The model; it must be in the store.
    /// - Returns: The progress; letting it go leaves the push.
    /// - Throws: `RegistryError` `.tooMany`.
    package func push(_ reference: RegistryReference) throws(RegistryError) -> RegistryUpdates {
        try join(Key(reference: reference, direction: .push))
    }

    /// Pulls a model whether somebody watches or not.
    ///
    /// - Parameter reference: The model.
    /// - Throws: `RegistryError` `.tooMany`.
    package func start(_ reference: RegistryReference) throws(RegistryError) {
        let key = Key(reference: reference, direction: .pull)
        try begin(key)
        transfers[key]?.isBackground = true
    }

    /// Stops a transfer until it is resumed; its clients stay.
    ///
    /// - Parameters:
    ///   - reference: The model.
    ///   - direction: Where bytes go.
    /// - Returns: Whether there is such a transfer.
    @discardableResult
    package func pause(_ reference: RegistryReference, _ direction: Direction = .pull) -> Bool {
        let key = Key(reference: reference, direction: direction)
        guard transfers[key] != nil else { return false }
        transfers[key]?.isPaused = true
        transfers[key]?.task?.cancel()
        return true
    }

    /// Lets a paused transfer go on.
    ///
    /// - Parameters:
    ///   - reference: The model.
    ///   - direction: Where bytes go.
    /// - Returns: Whether there is such a transfer.
    @discardableResult
    package func resume(_ reference: RegistryReference, _ direction: Direction = .pull) -> Bool {
        let key = Key(reference: reference, direction: direction)
        guard let transfer = transfers[key] else { return false }
        transfers[key]?.isPaused = false
        if transfer.task == nil { run(key) }
        return true
    }

    /// Ends a transfer for good; what has come of blobs that nobody else downloads goes too.
    ///
    /// - Parameters:
    ///   - reference: The model.
    ///   - direction: Where bytes go.
    /// - Returns: Whether there is such a transfer.
    @discardableResult
    package func cancel(_ reference: RegistryReference, _ direction: Direction = .pull) -> Bool {
        let key = Key(reference: reference, direction: direction)
        guard let transfer = transfers[key] else { return false }
        transfers[key]?.isCancelled = true
        transfers[key]?.isPaused = false
        if let task = transfer.task {
            task.cancel()
        } else {
            // Owned by the transfer, which ends with it.
            transfers[key]?.task = Task { await ended(key, .failure(.cancelled)) }
        }
        return true
    }

    /// Limits the bytes a second that are received for everything together.
    ///
    /// - Parameter rate: The limit; nil for none.
    package func limit(rate: Int?) { shared.rate.set(rate) }

    /// All transfers that go on or are paused.
    package var statuses: [Status] {
        transfers.sorted { $0.value.number < $1.value.number }.map { key, transfer in
            Status(
                reference: key.reference,
                direction: key.direction,
                isPaused: transfer.isPaused,
                clients: transfer.feeds.count,
                progress: transfer.latest
            )
        }
    }

    // MARK: Clients

    private func join(_ key: Key) throws(RegistryError) -> RegistryUpdates {
        try begin(key)
        lastNumber += 1
        let (id, feed) = (lastNumber, NewestFeed<RegistryProgress> { $0.replaces($1) })
        for progress in transfers[key]?.latest ?? [] { feed.put(progress) }
        transfers[key]?.feeds[id] = feed
        let number = transfers[key]?.number
        return RegistryUpdates(
            place: Place(feed) {
                // An end of life can tell an actor only from a task; it ends at once.
                Task { await self.leave(key, number, id) }
            }
        )
    }

    private func begin(_ key: Key) throws(RegistryError) {
        if let transfer = transfers[key], !transfer.isCancelled {
            transfers[key]?.isPaused = false
            if transfer.task == nil { run(key) }
            return
        }
        guard transfers.count < settings.transfers else { throw .tooMany(settings.transfers) }
        guard transfers[key] == nil else { throw .cancelled }
        lastNumber += 1
        transfers[key] = Transfer(number: lastNumber)
        run(key)
    }

    private func leave(_ key: Key, _ number: Int?, _ id: Int) {
        guard let transfer = transfers[key], transfer.number == number else { return }
        transfers[key]?.feeds[id] = nil
        guard transfers[key]?.feeds.isEmpty == true, !transfer.isBackground else { return }
        if let task = transfer.task { task.cancel() } else { transfers[key] = nil }
    }

    // MARK: Running

    /// Runs a transfer from its beginning; what is there already costs nothing.
    private func run(_ key: Key) {
        // Owned by the transfer, which lets it go only when it has ended.
        let task = Task {
            let result: Result<Void, RegistryError>
            do {
                switch key.direction {
                case .pull: try await performPull(key)
                case .push: try await performPush(key)
                }
                result = .success(())
            } catch {
                result = .failure(RegistryError(error))
            }
            await ended(key, result)
        }
        transfers[key]?.task = task
    }

    private func ended(_ key: Key, _ result: Result<Void, RegistryError>) async {
        guard let transfer = transfers[key] else { return }
        if transfer.isCancelled { await discard(transfer.blobs) }
        transfers[key]?.task = nil
        guard case .failure(.cancelled) = result, !transfer.isCancelled else {
            return close(key, result)
        }
        let hasClients = transfers[key]?.feeds.isEmpty == false || transfer.isBackground
        if transfers[key]?.isPaused == true {
            report(RegistryProgress("paused"), key)
        } else if hasClients {
            // Somebody came, or resumed it, while it was ending.
            run(key)
        } else {
            close(key, result)
        }
    }

    private func close(_ key: Key, _ result: Result<Void, RegistryError>) {
        let transfer = transfers.removeValue(forKey: key)
        for feed in transfer?.feeds.values.map(\.self) ?? [] { feed.end(result.mapError { $0 }) }
    }

    /// Takes away what came of blobs that nobody else downloads.
    private func discard(_ blobs: Set<BlobDigest>) async {
        for digest in blobs where fetches[digest] == nil {
            let writer = writer
            // What cannot be taken away now is taken away by a collection.
            try? await blocking("blob-discard") { try writer.discardPartial(digest) }
        }
    }

    /// Tells all clients of a transfer.
    func report(_ progress: RegistryProgress, _ key: Key) {
        guard var transfer = transfers[key] else { return }
        if progress.digest == nil { transfer.latest.removeAll { $0.digest == nil } }
        if let index = transfer.latest.firstIndex(where: progress.replaces) {
            transfer.latest[index] = progress
        } else {
            transfer.latest.append(progress)
        }
        transfers[key] = transfer
        for feed in transfer.feeds.values { feed.put(progress) }
    }
}

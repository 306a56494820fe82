internal import POSIX

/// Hands on what long work says of itself from threads of its own.
enum StatusRelay {
    /// Runs work, and hands on its words in their order.
    ///
    /// - Parameters:
    ///   - replaces: Whether a newer word makes an older one superfluous that was not handed on yet.
    ///   - emit: Hands on a word; when that fails, the work is called off and awaited.
    ///   - work: The work; speaks through its argument.
    /// - Throws: What the work throws, or `emit`.
    static func run<Word: Sendable>(
        replacing replaces: @escaping @Sendable (_ newer: Word, _ older: Word) -> Bool,
        _ emit: (Word) async throws -> Void,
        _ work: @Sendable (_ say: @escaping @Sendable (Word) -> Void) async throws -> Void
    ) async throws {
        let feed = NewestFeed(replaces: replaces)
        async let ended: Void = perform(work, feed)
        while let word = try await feed.next() { try await emit(word) }
        await ended
    }

    private static func perform<Word: Sendable>(
        _ work: @Sendable (_ say: @escaping @Sendable (Word) -> Void) async throws -> Void,
        _ feed: NewestFeed<Word>
    ) async {
        do {
            try await work { feed.put($0) }
            feed.end(.success(()))
        } catch {
            feed.end(.failure(error))
        }
    }
}

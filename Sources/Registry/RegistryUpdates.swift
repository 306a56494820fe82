internal import POSIX

/// The progress of a transfer as one client sees it.
///
/// Ends when the transfer does, with an error where that failed. A client that lets go of it, or of
/// what iterates over it, leaves the transfer.
package struct RegistryUpdates: AsyncSequence, Sendable {
    /// Waits for one object after another.
    package struct Iterator: AsyncIteratorProtocol {
        let place: RegistryTransfers.Place

        /// The next object; nil at the end of a transfer that succeeded.
        ///
        /// - Throws: `RegistryError`; `CancellationError` when the task is cancelled.
        package func next() async throws -> RegistryProgress? { try await place.feed.next() }
    }

    let place: RegistryTransfers.Place

    /// Begins to wait; one at a time.
    package func makeAsyncIterator() -> Iterator { Iterator(place: place) }
}

/// A request's body that a handler reads while it arrives.
///
/// For bodies that do not belong in memory. The client is read only as fast as the handler reads; at
/// most 128 KiB wait. One task reads it, once.
package struct BodyStream: AsyncSequence, Sendable {
    /// A piece of the body; never empty.
    package typealias Element = [UInt8]

    let request: RunningRequest

    /// Reads the pieces in order.
    package struct AsyncIterator: AsyncIteratorProtocol {
        let request: RunningRequest

        /// The next piece, or nil after the last.
        ///
        /// - Throws: `CancellationError` when the client is gone or the server ends.
        package mutating func next() async throws -> [UInt8]? {
            try await request.nextPiece()
        }
    }

    /// Starts reading.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(request: request)
    }
}

internal import POSIX

/// Runs work that blocks on a thread of its own, so that no task's thread waits for a disk.
func blocking<Value: Sendable>(
    _ name: String,
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        do throws(SystemError) {
            try NamedThread(name) {
                continuation.resume(with: Result { try body() })
            }.detach()
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

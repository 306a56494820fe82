internal import Glibc

/// A value that can only be reached while its lock is held.
///
/// Backed by `pthread_mutex_t` because ThreadSanitizer understands it; on Linux it does not see
/// `Synchronization.Mutex` and reports races that are not there. Not recursive. Never suspend, log
/// or resume a continuation inside `withLock`.
@safe
package struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // Unchecked: both pointers are constant, and `value` is only dereferenced under `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    /// Creates a guarded value.
    ///
    /// - Parameter initial: The value to guard; ownership moves here.
    package init(_ initial: consuming sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let code = unsafe pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init failed with \(code)")
        unsafe value = .allocate(capacity: 1)
        unsafe value.initialize(to: initial)
    }

    deinit {
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with exclusive access to the value.
    ///
    /// - Parameter body: A short, synchronous section.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return unsafe try body(&value.pointee)
    }
}

internal import Glibc

/// Counts events for one thread that waits for them.
@safe
package final class Semaphore: @unchecked Sendable {
    // Unchecked: the pointer is constant, and the kernel's semaphore is made for several threads.
    private let handle: UnsafeMutablePointer<sem_t>

    /// Creates a semaphore without an event.
    package init() {
        unsafe handle = .allocate(capacity: 1)
        unsafe handle.initialize(to: sem_t())
        let code = unsafe sem_init(handle, 0, 0)
        precondition(code == 0, "sem_init failed with \(errno)")
    }

    deinit {
        unsafe sem_destroy(handle)
        unsafe handle.deallocate()
    }

    /// Adds an event; from any thread, never blocks.
    package func post() {
        unsafe sem_post(handle)
    }

    /// Takes an event, waiting for one if there is none.
    package func wait() {
        // Only a signal handler's return makes this fail.
        while unsafe sem_wait(handle) != 0 {}
    }
}

internal import CLinux
internal import Glibc

/// A thread of our own that runs one function to its end.
///
/// For work that must not borrow a thread of Swift's pool: event loops, blocking calls, and spawning
/// (a child's parent-death signal fires when the *thread* that forked it ends).
@safe
package struct NamedThread: Sendable {
    private final class Entry: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: pthread_t

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: Shown by `ps` and `gdb`; 15 bytes are kept.
    ///   - body: What the thread does.
    /// - Throws: `SystemError` when the process may not have another thread.
    package init(
        _ name: String,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let entry = unsafe Unmanaged.passRetained(Entry(name: name, body: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, nil, Self.start, entry.toOpaque())
        guard code == 0 else {
            unsafe entry.release()
            throw SystemError(code: code, operation: "start the thread '\(name)'")
        }
        self.handle = handle
    }

    /// Waits until the thread has ended; never from the thread itself.
    ///
    /// Call exactly one of `join` and `detach`, once: until then an ended thread keeps its stack.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Lets the thread go: nobody waits for it, and its stack is freed when it ends.
    package func detach() {
        pthread_detach(handle)
    }

    private static let start:
        @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
            { context in
                // pthread passes back exactly what it was given, which is never null.
                guard let context = unsafe context else { return nil }
                let entry = unsafe Unmanaged<Entry>.fromOpaque(context).takeRetainedValue()
                unsafe linux_thread_set_name(entry.name)
                entry.body()
                return nil
            }
}

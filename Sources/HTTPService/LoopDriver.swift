internal import CMicrohttpd
internal import POSIX
internal import Synchronization

/// Runs a daemon that has no threads on an event loop.
///
/// DESIGN. What a handler writes on the loop's thread leaves on that thread then. With a thread of the
/// library's in between each piece of a stream wakes one thread more, which costs 30 to 100 µs on a
/// small machine, more than all that is done with it. The library waits for its sockets by a descriptor
/// of its own, which the loop watches; what it cannot see there it is told by `kick`.
@safe
final class LoopDriver: @unchecked Sendable {
    // Unchecked: after `start` has submitted the first run, the variables are the loop's thread's.
    private let loop: EventLoop
    /// The daemon; nil before `start` and after `stop`.
    private var handle: OpaquePointer?
    private var watch: EventLoop.Watch?
    private var timer: EventLoop.Timer?
    private let isKicked = Atomic(false)
    /// Whether the library is at work, further up on the loop's stack.
    private var isRunning = false

    /// Rounds of the library at a stretch: a head, the first piece behind it, and the end.
    private static let mostRounds = 4

    /// Prepares to run a daemon on a loop.
    init(_ loop: EventLoop) {
        self.loop = loop
    }

    /// Runs a daemon from now on; call once.
    ///
    /// - Parameter handle: A daemon that was started without threads.
    /// - Throws: `SystemError` when its descriptor cannot be watched.
    func start(_ handle: OpaquePointer) throws(SystemError) {
        unsafe self.handle = handle
        watch = try loop.watch(unsafe shim_mhd_epoll(handle), for: .readable) { [self] _ in run() }
        kick()
    }

    /// Has the daemon look after connections that were resumed; from any thread.
    func kick() {
        // The first of several is enough: one run sees to all of them.
        guard !isKicked.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.submit { [self] in run() }
    }

    /// As `kick`, but at once where that is possible; call without holding a lock.
    ///
    /// For pieces of answers: nothing else is done first that could be done while they travel.
    func flush() {
        guard loop.isCurrent, !isRunning else { return kick() }
        run()
    }

    /// Runs a closure on the loop's thread after which the daemon is not run any more; waits for it.
    func stop(_ last: @escaping @Sendable () -> Void) {
        guard !loop.isCurrent else { return end(last) }
        let done = Semaphore()
        loop.submit { [self] in
            end(last)
            done.post()
        }
        done.wait()
    }

    private func end(_ last: () -> Void) {
        unsafe handle = nil
        if let watch { loop.cancel(watch) }
        if let timer { loop.cancel(timer) }
        last()
    }

    private func run() {
        guard let handle = unsafe handle else { return }
        isRunning = true
        defer { isRunning = false }
        var milliseconds: UInt64 = 0
        var rounds = 0
        repeat {
            isKicked.store(false, ordering: .sequentiallyConsistent)
            unsafe MHD_run(handle)
            guard unsafe MHD_get_timeout(handle, &milliseconds) == .YES else { return }
            rounds += 1
        } while milliseconds == 0 && rounds < Self.mostRounds
        if milliseconds == 0 {
            kick()
        } else if timer == nil {
            // One timer at a time: what happens meanwhile only puts the moment off.
            let moment = MonotonicTime.now + .milliseconds(Int64(clamping: milliseconds))
            timer = loop.schedule(at: moment) { [self] in
                timer = nil
                run()
            }
        }
    }
}

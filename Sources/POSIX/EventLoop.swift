internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that waits for descriptors, timers and submitted work, and is an actor's executor.
///
/// DESIGN. Everything that a process must notice at once (a frame, a lost peer, a timer) arrives on
/// this thread, and an actor that names this loop as its executor handles it without another hop:
/// a callback may call `assumeIsolated` on it. Handlers must not block.
///
/// Ordering: submitted work runs in order of submission; a watch that was cancelled on the loop's
/// thread is never called again, although its event may already have been fetched. Work that
/// submits more work lets descriptors have their turn in between.
///
/// Ending: once `stop` has taken effect every handler and timer is let go, and what is submitted
/// afterwards never runs, an actor's jobs included: stop a loop only when its actors have finished.
@safe
package final class EventLoop: SerialExecutor, @unchecked Sendable {
    // Unchecked: `shared` is a lock; everything else is constant or used on the loop's thread only.

    /// What a descriptor reported.
    package struct Readiness: OptionSet, Sendable {
        /// The kernel's bits.
        package let rawValue: UInt32

        /// Wraps the kernel's bits.
        ///
        /// - Parameter rawValue: `EPOLL…` bits.
        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Bytes, a connection or an end of stream can be read.
        package static let readable = Readiness(rawValue: UInt32(EPOLLIN.rawValue))
        /// There is room to write.
        package static let writable = Readiness(rawValue: UInt32(EPOLLOUT.rawValue))
        /// The peer closed its end, or an error is pending; reported without being asked for.
        package static let hangUp = Readiness(
            rawValue: UInt32(EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue)
        )
        /// Report a change once instead of again and again; for descriptors that others read.
        package static let onChange = Readiness(rawValue: UInt32(bitPattern: 1 << 31))
        /// Report once, and then nothing until the watch is changed.
        package static let once = Readiness(rawValue: UInt32(EPOLLONESHOT.rawValue))

        /// Whether reading brings something: bytes, the end or an error.
        ///
        /// Bits, because a set made for the question took a tenth of a small request's time.
        package var bringsInput: Bool {
            rawValue & (Self.readable.rawValue | Self.hangUp.rawValue) != 0
        }
    }

    /// Names a watched descriptor; never reused, unlike the descriptor's number.
    package struct Watch: Hashable, Sendable {
        fileprivate let id: UInt64
        fileprivate let descriptor: CInt
    }

    /// Names a timer.
    package struct Timer: Hashable, Sendable {
        fileprivate let id: UInt64
    }

    private struct Shared {
        var jobs: [UnownedJob] = []
        var work: [@Sendable () -> Void] = []
        var handlers: [UInt64: @Sendable (Readiness) -> Void] = [:]
        var timers: [UInt64: (at: MonotonicTime, body: @Sendable () -> Void)] = [:]
        var isAwake = false
        var isStopping = false
        /// The thread has left; nothing may be stored any more, or it would be kept for ever.
        var hasEnded = false
    }

    /// Room for what a handler reads, 64 KiB; its content lasts until the handler returns.
    package let scratch: UnsafeMutableRawBufferPointer

    private let epoll: FileDescriptor
    private let wake: FileDescriptor
    private let shared = Guarded(Shared())
    private let nextID = Atomic<UInt64>(1)
    /// The loop's own `pthread_t`, or 0 until its thread runs.
    private let thread = Atomic<UInt>(0)

    /// Starts the loop's thread.
    ///
    /// - Parameter name: The thread's name.
    /// - Throws: `SystemError` when descriptors or threads are exhausted.
    package init(name: String) throws(SystemError) {
        unsafe scratch = .allocate(byteCount: 65_536, alignment: 64)
        let epollNumber = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard epollNumber >= 0 else { throw .last("make an event loop") }
        epoll = FileDescriptor(owning: epollNumber)
        let wakeNumber = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeNumber >= 0 else { throw .last("make an event loop") }
        wake = FileDescriptor(owning: wakeNumber)
        try control(EPOLL_CTL_ADD, wake.number, [.readable], id: 0)
        // The thread keeps the loop alive until `stop`.
        try NamedThread(name) { self.run() }.detach()
    }

    deinit {
        unsafe scratch.deallocate()
    }

    /// Ends the thread once the work submitted so far has run; idempotent.
    package func stop() {
        submit { [self] in shared.withLock { $0.isStopping = true } }
    }

    // MARK: Work

    /// Runs a closure on the loop's thread, after everything that was submitted before.
    ///
    /// - Parameter body: Must not block.
    package func submit(_ body: @escaping @Sendable () -> Void) {
        let mustWake = shared.withLock { shared in
            guard !shared.hasEnded else { return false }
            shared.work.append(body)
            return Self.claimWake(&shared)
        }
        if mustWake { signal() }
    }

    /// Queues an actor's job; called by the runtime.
    package func enqueue(_ job: UnownedJob) {
        let mustWake = shared.withLock { shared in
            shared.jobs.append(job)
            return Self.claimWake(&shared)
        }
        if mustWake { signal() }
    }

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Lets handlers `assumeIsolated` on an actor of this loop: they run on its thread without
    /// being one of the runtime's jobs; called by the runtime.
    package func checkIsolated() {
        precondition(isCurrent, "not on the event loop's thread")
    }

    /// The same question without a trap; called by the runtime.
    package func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    /// The executor reference that an actor returns as its own.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    // MARK: Descriptors

    /// Calls a handler whenever a descriptor is ready; level-triggered unless `onChange` is asked for.
    ///
    /// - Parameters:
    ///   - descriptor: Must stay open until `cancel`.
    ///   - readiness: What to report; hang-ups always are.
    ///   - handler: Runs on the loop's thread; must not block.
    /// - Throws: `SystemError` when the kernel refuses the descriptor; `ECANCELED` after `stop`.
    package func watch(
        _ descriptor: CInt,
        for readiness: Readiness,
        _ handler: @escaping @Sendable (Readiness) -> Void
    ) throws(SystemError) -> Watch {
        let watch = Watch(id: freshID(), descriptor: descriptor)
        let isRunning = shared.withLock { shared in
            if !shared.hasEnded { shared.handlers[watch.id] = handler }
            return !shared.hasEnded
        }
        guard isRunning else { throw SystemError(code: ECANCELED, operation: "watch a descriptor") }
        do {
            try control(EPOLL_CTL_ADD, descriptor, readiness, id: watch.id)
        } catch {
            shared.withLock { _ = $0.handlers.removeValue(forKey: watch.id) }
            throw error
        }
        return watch
    }

    /// Changes what is reported.
    ///
    /// - Parameters:
    ///   - watch: A watch that was not cancelled.
    ///   - readiness: What to report from now on.
    package func change(_ watch: Watch, to readiness: Readiness) {
        // Fails only for a descriptor that is gone; its cancel is on the way.
        try? control(EPOLL_CTL_MOD, watch.descriptor, readiness, id: watch.id)
    }

    /// Ends a watch; call before closing the descriptor.
    ///
    /// Unknown watches are ignored.
    ///
    /// - Parameter watch: The watch.
    package func cancel(_ watch: Watch) {
        let handler = shared.withLock { $0.handlers.removeValue(forKey: watch.id) }
        guard handler != nil else { return }
        // Fails only for a descriptor that is gone, which the kernel forgot by itself.
        try? control(EPOLL_CTL_DEL, watch.descriptor, [], id: watch.id)
    }

    // MARK: Timers

    /// Runs a closure once, at a moment or soon after.
    ///
    /// - Parameters:
    ///   - moment: When; a past one runs at once.
    ///   - body: Runs on the loop's thread; must not block.
    package func schedule(
        at moment: MonotonicTime,
        _ body: @escaping @Sendable () -> Void
    ) -> Timer {
        let timer = Timer(id: freshID())
        let mustWake = shared.withLock { shared in
            guard !shared.hasEnded else { return false }
            shared.timers[timer.id] = (moment, body)
            return Self.claimWake(&shared)
        }
        if mustWake { signal() }
        return timer
    }

    /// Forgets a timer; one that has run is ignored.
    ///
    /// - Parameter timer: The timer.
    package func cancel(_ timer: Timer) {
        shared.withLock { _ = $0.timers.removeValue(forKey: timer.id) }
    }

    // MARK: The thread

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        // Longer work, such as a media helper's, only takes more turns.
        CurrentThread.takeShortTurns()
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let timeout = runPending()
            guard let timeout else { return }
            let count = unsafe epoll_wait(epoll.number, &events, CInt(events.count), timeout)
            shared.withLock { $0.isAwake = true }
            guard count > 0 else { continue }
            for index in 0..<Int(count) {
                let id = unsafe events[index].data.u64
                if id == 0 {
                    drainWake()
                    continue
                }
                let handler = shared.withLock { $0.handlers[id] }
                handler?(Readiness(rawValue: unsafe events[index].events))
            }
        }
    }

    /// Runs what is due; returns how long to wait in milliseconds, or nil when the loop shall end.
    private func runPending() -> CInt? {
        let (jobs, work, due) = shared.withLock { shared in
            let jobs = shared.jobs
            let work = shared.work
            // Mostly there is nothing, and then this allocates nothing.
            shared.jobs = []
            shared.work = []
            return (jobs, work, Self.takeDue(&shared))
        }
        for job in jobs {
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        }
        for body in work { body() }
        for body in due { body() }
        let (wait, dropped) = shared.withLock { shared -> (CInt?, Shared?) in
            // Checked again under the lock that submitters take: nothing is slept over.
            guard shared.jobs.isEmpty, shared.work.isEmpty else { return (0, nil) }
            if shared.isStopping { return (nil, Self.end(&shared)) }
            shared.isAwake = false
            // No key path, which would be followed at run time, each turn.
            return (Self.timeout(shared.timers.values.lazy.map { $0.at }.min()), nil)
        }
        // Freed outside the lock: the last owner of a handler may cancel watches as it goes.
        _ = consume dropped
        return wait
    }

    /// Empties the loop for good; breaks the cycles between handlers and their owners.
    private static func end(_ shared: inout Shared) -> Shared {
        let last = shared
        shared = Shared(isAwake: true, isStopping: true, hasEnded: true)
        return last
    }

    private static func timeout(_ next: MonotonicTime?) -> CInt {
        guard let next else { return -1 }
        let wait = (next - .now).nanoseconds
        // Rounded up, or the loop would spin through the last fraction of a millisecond.
        return CInt(clamping: max(0, (wait + 999_999) / 1_000_000))
    }

    private static func takeDue(_ shared: inout Shared) -> [@Sendable () -> Void] {
        guard !shared.timers.isEmpty else { return [] }
        let now = MonotonicTime.now
        var due: [(id: UInt64, at: MonotonicTime, body: @Sendable () -> Void)] = []
        for (id, timer) in shared.timers where timer.at <= now {
            due.append((id, timer.at, timer.body))
        }
        for timer in due { shared.timers.removeValue(forKey: timer.id) }
        if due.count > 1 { due.sort { ($0.at, $0.id) < ($1.at, $1.id) } }
        return due.map(\.body)
    }

    private static func claimWake(_ shared: inout Shared) -> Bool {
        if shared.isAwake { return false }
        shared.isAwake = true
        return true
    }

    private func signal() {
        var one: UInt64 = 1
        // Fails only when the counter is full, and then the loop is awake anyway.
        _ = unsafe write(wake.number, &one, 8)
    }

    private func drainWake() {
        var count: UInt64 = 0
        _ = unsafe read(wake.number, &count, 8)
    }

    private func freshID() -> UInt64 {
        nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    private func control(
        _ operation: CInt,
        _ descriptor: CInt,
        _ readiness: Readiness,
        id: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = readiness.rawValue
        unsafe event.data.u64 = id
        guard unsafe epoll_ctl(epoll.number, operation, descriptor, &event) == 0 else {
            throw .last("watch a descriptor")
        }
    }
}

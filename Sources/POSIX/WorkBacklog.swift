/// Decides which threads work on what waits: as few as keep up.
///
/// Jobs are short and come in swarms, and waking a thread takes longer than most jobs. So one thread
/// takes them all, and others join only when a job has waited for a whole look of the watcher, which
/// is a thread that looks now and then while there is work at all.
///
/// Invariants: while a job waits, a thread works or is on its way; at most one thread watches.
struct WorkBacklog<Job> {
    /// What the caller of a change must do.
    enum Call: Hashable {
        case nothing
        /// Rouse one of the threads that rest.
        case rouse
        /// Start another thread.
        case start
    }

    /// What a thread does next.
    enum Turn {
        case work(Job)
        /// Look again after a while.
        case watch
        /// Wait until roused.
        case rest
    }

    /// Looks in a row without waiting work after which the watcher rests.
    static var patience: Int { 20 }

    private var limit: Int
    private var threads = 0
    private var resting = 0
    /// Threads that work, or are on their way to it.
    private var working = 0
    /// Whether a thread watches or is on its way to it.
    private var isWatched = false
    /// Whether the next thread to come shall watch.
    private var wantsWatcher = false
    private var quietLooks = 0
    /// Jobs that had come by the watcher's last look.
    private var seen = 0

    private var jobs: [Job] = []
    /// The first of `jobs` that was not taken.
    private var next = 0
    /// Jobs that were ever taken.
    private var taken = 0

    /// Creates an empty backlog without threads.
    ///
    /// - Parameter limit: Most threads.
    init(limit: Int) {
        precondition(limit > 0, "somebody must work")
        self.limit = limit
    }

    /// Jobs that nobody has taken.
    var waiting: Int { jobs.count - next }

    /// Takes a job in.
    mutating func add(_ job: Job) -> Call {
        jobs.append(job)
        if working == 0 {
            working += 1
            return call()
        }
        return watchIfNeeded()
    }

    /// A thread has started or was roused.
    mutating func come() -> Turn {
        guard wantsWatcher else { return turn() }
        wantsWatcher = false
        return .watch
    }

    /// A thread has ended its job.
    mutating func turn() -> Turn {
        if let job = take() { return .work(job) }
        working -= 1
        resting += 1
        return .rest
    }

    /// The watcher has looked.
    ///
    /// - Returns: What it does next, and whom it must call.
    mutating func look() -> (Turn, Call) {
        if taken < seen, let job = take() {
            // This one has waited since the last look at least.
            working += 1
            isWatched = false
            return (.work(job), waiting > 0 ? watchIfNeeded() : .nothing)
        }
        quietLooks = waiting == 0 ? quietLooks + 1 : 0
        seen = taken + waiting
        guard quietLooks >= Self.patience else { return (.watch, .nothing) }
        isWatched = false
        resting += 1
        return (.rest, .nothing)
    }

    /// The thread that was asked for could not be started; those that are there must do.
    ///
    /// - Returns: Whether there is any.
    mutating func doWithout() -> Bool {
        threads -= 1
        limit = threads
        if wantsWatcher {
            wantsWatcher = false
            isWatched = false
        } else {
            working -= 1
        }
        return threads > 0
    }

    private mutating func watchIfNeeded() -> Call {
        guard !isWatched, resting > 0 || threads < limit else { return .nothing }
        isWatched = true
        wantsWatcher = true
        quietLooks = 0
        seen = taken + waiting
        return call()
    }

    private mutating func call() -> Call {
        if resting > 0 {
            resting -= 1
            return .rouse
        }
        threads += 1
        return .start
    }

    private mutating func take() -> Job? {
        guard waiting > 0 else { return nil }
        let job = jobs[next]
        next += 1
        taken += 1
        // The room is kept, but not that of jobs that are gone when there are many.
        if next > jobs.count / 2, next > 32 || next == jobs.count {
            jobs.removeFirst(next)
            next = 0
        }
        return job
    }
}

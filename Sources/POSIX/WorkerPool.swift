internal import Glibc

/// Threads for tasks that answer requests: as few as keep up.
///
/// The runtime's own pool wakes a thread for nearly every job of a busy server, which takes longer
/// than the job; this one is a quarter faster there (`WorkBacklog` has the rules). A job that finds
/// every thread at work waits for 1 ms at most before another thread joins, up to one for each core.
package final class WorkerPool: TaskExecutor {
    /// The pool of the process, whose threads start when they are needed and stay.
    package static let shared = WorkerPool(
        name: "worker",
        limit: max(2, CurrentProcess.cores)
    )

    /// Between two looks, in microseconds.
    private static let pause: UInt32 = 500

    private let name: String
    private let backlog: Guarded<WorkBacklog<UnownedJob>>
    private let roused = Semaphore()

    /// Creates a pool without threads.
    ///
    /// - Parameters:
    ///   - name: Of each thread.
    ///   - limit: Most threads.
    package init(name: String, limit: Int) {
        self.name = name
        backlog = Guarded(WorkBacklog(limit: limit))
    }

    /// Queues a task's next part; called by the runtime.
    package func enqueue(_ job: UnownedJob) {
        perform(backlog.withLock { $0.add(job) })
    }

    private func perform(_ call: WorkBacklog<UnownedJob>.Call) {
        switch call {
        case .nothing: return
        case .rouse: roused.post()
        case .start:
            // Its thread keeps the pool alive, for good.
            let thread = try? NamedThread(name, run)
            thread?.detach()
            if thread == nil, !backlog.withLock({ $0.doWithout() }) {
                preconditionFailure("the process may not have a single thread for tasks")
            }
        }
    }

    private func run() {
        CurrentThread.takeShortTurns()
        let executor = unsafe asUnownedTaskExecutor()
        var turn = backlog.withLock { $0.come() }
        while true {
            switch turn {
            case .work(let job):
                unsafe job.runSynchronously(on: executor)
                turn = backlog.withLock { $0.turn() }
            case .watch:
                usleep(Self.pause)
                let (next, call) = backlog.withLock { $0.look() }
                perform(call)
                turn = next
            case .rest:
                roused.wait()
                turn = backlog.withLock { $0.come() }
            }
        }
    }
}

import Randomness
import TestKit
import Testing

@testable import POSIX

@Suite struct WorkBacklogTests {
    private func expect(
        _ call: WorkBacklog<Int>.Call,
        _ wanted: WorkBacklog<Int>.Call,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(call == wanted, sourceLocation: location)
    }

    @Test func oneThreadTakesASwarm() throws {
        var backlog = WorkBacklog<Int>(limit: 4)
        expect(backlog.add(0), .start)
        // The watcher, and then nobody else however many come.
        expect(backlog.add(1), .start)
        for job in 2..<1000 { expect(backlog.add(job), .nothing) }
        guard case .watch = backlog.come() else {
            Issue.record("nobody watches")
            return
        }
        var turn = backlog.come()
        for job in 0..<1000 {
            guard case .work(job) = turn else {
                Issue.record("\(job) is not next")
                return
            }
            turn = backlog.turn()
        }
        guard case .rest = turn else {
            Issue.record("there is still work")
            return
        }
        expect(backlog.add(1000), .rouse)
    }

    @Test func theWatcherJoinsWhenAJobHasWaited() {
        var backlog = WorkBacklog<Int>(limit: 3)
        _ = backlog.add(1)
        _ = backlog.add(2)
        _ = backlog.come()
        _ = backlog.come()
        // It came after the last look, so the watcher gives it another.
        _ = backlog.add(3)
        guard case (.work(2), .start) = backlog.look() else {
            Issue.record("the second job waits on, or nobody watches over the third")
            return
        }
        guard case .watch = backlog.come() else {
            Issue.record("nobody watches")
            return
        }
        guard case (.work(3), .nothing) = backlog.look() else {
            Issue.record("the third job waits on")
            return
        }
        // All three threads are busy.
        expect(backlog.add(4), .nothing)
    }

    @Test func theWatcherLeavesWhenNothingWaits() {
        var backlog = WorkBacklog<Int>(limit: 2)
        _ = backlog.add(0)
        _ = backlog.add(1)
        _ = backlog.come()
        _ = backlog.come()
        _ = backlog.turn()
        for _ in 1..<WorkBacklog<Int>.patience {
            guard case (.watch, .nothing) = backlog.look() else {
                Issue.record("the watcher left early")
                return
            }
        }
        guard case (.rest, .nothing) = backlog.look() else {
            Issue.record("the watcher does not leave")
            return
        }
        expect(backlog.add(2), .rouse)
    }

    @Test func doesWithoutAThreadThatCannotStart() {
        var backlog = WorkBacklog<Int>(limit: 8)
        _ = backlog.add(0)
        _ = backlog.come()
        expect(backlog.add(1), .start)
        let othersRemain = backlog.doWithout()
        #expect(othersRemain)
        expect(backlog.add(2), .nothing)
        guard case .work(1) = backlog.turn() else {
            Issue.record("the job is lost")
            return
        }
        var empty = WorkBacklog<Int>(limit: 8)
        _ = empty.add(0)
        let isAlone = !empty.doWithout()
        #expect(isAlone)
    }

    /// Threads, jobs and looks in any order: no job is lost, taken twice, or left with nobody coming.
    @Test func losesNothing() throws {
        enum Thread { case coming, working, watching, resting }
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let limit = Int.random(in: 1...4, using: &generator)
            var backlog = WorkBacklog<Int>(limit: limit)
            var threads: [Thread] = []
            var (added, taken) = (0, [Int]())
            func obey(_ call: WorkBacklog<Int>.Call) throws {
                switch call {
                case .nothing: break
                case .start: threads.append(.coming)
                case .rouse:
                    let index = try #require(threads.firstIndex(of: .resting))
                    threads[index] = .coming
                }
            }
            func follow(_ turn: WorkBacklog<Int>.Turn) -> Thread {
                switch turn {
                case .work(let job):
                    taken.append(job)
                    return .working
                case .watch: return .watching
                case .rest: return .resting
                }
            }
            for step in 0..<400 {
                let chosen = threads.indices.randomElement(using: &generator)
                // In the end only the threads move.
                if step < 300, Bool.random(using: &generator) || chosen == nil {
                    try obey(backlog.add(added))
                    added += 1
                } else if let chosen {
                    switch threads[chosen] {
                    case .coming: threads[chosen] = follow(backlog.come())
                    case .working: threads[chosen] = follow(backlog.turn())
                    case .watching:
                        let (turn, call) = backlog.look()
                        threads[chosen] = follow(turn)
                        try obey(call)
                    case .resting: break
                    }
                }
                #expect(threads.count <= limit)
                #expect(threads.count { $0 == .watching } <= 1)
                let someoneWorks = threads.contains { $0 == .working || $0 == .coming }
                #expect(backlog.waiting == 0 || someoneWorks)
            }
            #expect(taken == Array(0..<taken.count))
            #expect(taken.count + backlog.waiting == added)
        }
    }
}

@Suite struct WorkerPoolTests {
    @Test func runsTasks() async {
        let pool = WorkerPool(name: "test-worker", limit: 2)
        let sum = await withTaskExecutorPreference(pool) {
            await withTaskGroup(of: Int.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        await Task.yield()
                        return number
                    }
                }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 499_500)
    }

    /// A job that keeps its thread does not keep others from running.
    @Test func othersRunBesideOneThatBlocks() async {
        let pool = WorkerPool(name: "test-worker", limit: 2)
        let ran = Semaphore()
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: pool) { ran.wait() }
            group.addTask(executorPreference: pool) { ran.post() }
        }
    }
}

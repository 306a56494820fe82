import DeviceProtocol
import Glibc
import MediaClient
import MediaProtocol
import POSIX
import Pixels
import Sandboxing
import Synchronization
import Testing

@Suite struct PoolTests {
    /// A helper's process shall be stopped or ended from outside.
    private func signal(_ pool: MediaPool, _ number: Int32) async {
        for process in await pool.processes {
            kill(process, number)
            guard number == SIGSTOP else { continue }
            // The call returns before the last thread has stopped, and that one could still answer.
            var info = siginfo_t()
            waitid(P_PID, id_t(process), &info, WSTOPPED | WEXITED | WNOWAIT)
        }
    }

    @Test func repeatsWhatAnEndedHelperLost() async throws {
        try await withPool { pool in
            let runs = Atomic<Int>(0)
            let corner = try await pool.withFixture("rgb.png") { image in
                if runs.add(1, ordering: .relaxed).newValue == 1 { await signal(pool, SIGKILL) }
                return try await image.corners()[0]
            }
            #expect(corner == [255, 0, 0])
            #expect(runs.load(ordering: .relaxed) == 2)
        }
    }

    @Test func givesUpWhenHelpersKeepEnding() async throws {
        try await withPool { pool in
            let runs = Atomic<Int>(0)
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("rgb.png") { image in
                    runs.add(1, ordering: .relaxed)
                    await signal(pool, SIGKILL)
                    _ = try await image.corners()
                }
            }
            #expect(error?.code == .failed)
            #expect(error?.isRetryable == true)
            #expect((2...4).contains(runs.load(ordering: .relaxed)))
        }
    }

    @Test func endsAHelperThatTakesTooLong() async throws {
        try await withPool {
            $0.timeLimit = .milliseconds(500)
        } _: { pool in
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("rgb.png") { image in
                    await signal(pool, SIGSTOP)
                    _ = try await image.corners()
                }
            }
            #expect(error?.code == .timeout)
            #expect(await pool.processes.isEmpty)
        }
    }

    @Test func leavesARequestInFlightWhenCancelled() async throws {
        try await withPool { pool in
            let (sends, sending) = AsyncStream<Void>.makeStream()
            // Owned by this test, which cancels and awaits it.
            let work = Task {
                try await pool.withFixture("rgb.png") { image in
                    await signal(pool, SIGSTOP)
                    sending.yield()
                    _ = try await image.corners()
                }
            }
            _ = await sends.first { true }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            // The helper is still there if the request had not reached it.
            await signal(pool, SIGCONT)
            let width = try await pool.withFixture("rgb.png") { $0.width }
            #expect(width == 48)
        }
    }

    @Test func refusesAtOnceWhenTheQueueIsFull() async throws {
        try await withPool {
            $0.helpers = 1
            $0.imagesPerHelper = 1
            $0.queueLimit = 1
        } _: { pool in
            let outcomes = try await pool.withFixture("rgb.png") { _ in
                // One of the two waits and is cancelled, the other is refused at once.
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            do {
                                try await pool.withFixture("rgb.png") { _ in }
                                return false
                            } catch let error as MediaError {
                                return error.code == .busy
                            } catch {
                                return false
                            }
                        }
                    }
                    let first = await group.next()
                    group.cancelAll()
                    return [first, await group.next()]
                }
            }
            #expect(outcomes == [true, false])
        }
    }

    @Test func sharesOneHelperBetweenImages() async throws {
        try await withPool {
            $0.helpers = 1
        } _: { pool in
            try await pool.withFixture("rgb.png") { outer in
                try await pool.withFixture("alpha.png") { inner in
                    let (first, second) = (try await outer.corners(), try await inner.corners())
                    #expect(first[1] == [0, 255, 0])
                    #expect(second[1] == [255, 255, 255])
                }
            }
            #expect(await pool.processes.count == 1)
        }
    }

    @Test func encodesWhatDecodesAgain() async throws {
        try await withPool { pool in
            let buffer = try SharedBuffer(size: 1 << 16)
            for format in [MediaEncoding.Format.png, .jpeg] {
                let count = try await pool.withFixture("rgb.webp") { image in
                    let encoding = MediaEncoding(format: format, quality: 95, size: (24, 16))
                    return try await image.encode(encoding, into: buffer)
                }
                try await pool.withImage(buffer, count: count) { image in
                    #expect(image.format == format.rawValue)
                    #expect([image.width, image.height] == [24, 16])
                    let corners = try await image.corners()
                    #expect(isClose(corners, quarters, within: 12), "\(corners)")
                }
            }
        }
    }

    @Test func saysHowMuchAFileNeeds() async throws {
        try await withPool { pool in
            try await pool.withFixture("smooth.png") { image in
                let small = try SharedBuffer(size: 4096)
                let error = await #expect(throws: MediaError.self) {
                    _ = try await image.encode(MediaEncoding(format: .png), into: small)
                }
                #expect(error?.code == .outputTooSmall)
                let needed = try #require(error?.needed)
                let enough = try SharedBuffer(size: needed)
                let count = try await image.encode(MediaEncoding(format: .png), into: enough)
                #expect(count == needed)
            }
        }
    }

    @Test func refusesAPictureThatNoHelperHasRoomFor() async throws {
        try await withPool {
            $0.memory = 128 << 20
            $0.imagesPerHelper = 8
        } _: { pool in
            // It claims 2.7 GB of pixels, where half of the memory may be open pictures.
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("claims-30000.png", maximumPixels: 1 << 40) { _ in }
            }
            #expect(error?.code == .imageTooLarge)
        }
    }

    @Test func failsWhenTheProgramIsMissing() async throws {
        try await withPool {
            $0.launcher = "/nonexistent/baton-launch"
        } _: { pool in
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("rgb.png") { _ in }
            }
            #expect(error?.code == .failed)
            #expect(error?.message.contains("/nonexistent/baton-launch") == true)
        }
    }

    @Test func warmsAndShutsDown() async throws {
        try await withPool { pool in
            await pool.warm(2)
            #expect(await pool.processes.count == 2)
            await pool.shutdown()
            #expect(await pool.processes.isEmpty)
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("rgb.png") { _ in }
            }
            #expect(error?.code == .failed)
        }
    }

    @Test func helpersAreProtected() async throws {
        try await withPool { pool in
            try await pool.withFixture("rgb.png") { _ in }
            let active = Set(await pool.sandbox?.active ?? [])
            #expect(
                active.isSuperset(of: [
                    .memory, .files, .noNewPrivileges, .noSockets, .noProcesses, .systemCalls,
                    .noCapabilities, .parentDeath,
                ])
            )
        }
    }
}

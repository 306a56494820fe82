import Configuration
import Glibc
import JSON
import POSIX
import Randomness
import TestKit
import Testing

@testable import ModelStore

/// Programs that change a store at once, and are killed at any moment.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KillTests {
    private let files = TemporaryStore()
    private let loop: EventLoop
    private let spawner: Spawner

    init() throws {
        loop = try EventLoop(name: "store-kills")
        spawner = Spawner(loop: loop)
        let weights = try files.writer.writeBlob(GGUFBytes.languageModel().bytes)
        var request = CreateRequest(name: try files.name("seed"))
        request.files = [CreateRequest.File(name: "m.gguf", digest: weights.digest)]
        _ = try files.writer.create(request)
    }

    private func start(
        _ arguments: [String],
        _ ended: Inbox<POSIX.ExitStatus>
    ) async throws -> ChildProcess {
        let command = ChildCommand(
            path: try Programs.path(of: "store-worker"),
            arguments: [files.path] + arguments
        )
        return try await spawner.startOnLoop(command) { ended.put($0) }
    }

    @Test func aKilledProgramLeavesNoHalfModel() async throws {
        defer { loop.stop() }
        let ended = Inbox<POSIX.ExitStatus>()
        var numbers = SeededGenerator(seed: 7)
        for round in 0..<SoakSettings.rounds {
            let workers = [
                try await start(["\(2 * round)"], ended),
                try await start(["\(2 * round + 1)"], ended),
            ]
            // Time is what this is about: any moment of their work, or of their start.
            usleep(UInt32.random(in: 1_000...80_000, using: &numbers))
            workers[0].kill()
            usleep(UInt32.random(in: 0...10_000, using: &numbers))
            workers[1].kill()
            let status = await ended.next(2)
            #expect(status.allSatisfy { $0 == .killed(signal: SIGKILL) }, "\(status)")
            let report = try files.writer.verify()
            #expect(report.isClean, "\(report)")
        }
        let garbage = try files.writer.collect(
            minimumAge: .zero,
            partialAge: .zero,
            isDryRun: false
        )
        #expect(garbage.unread.isEmpty && garbage.items.allSatisfy { $0.problem == nil })
        let names = files.names("blobs") + files.names("manifests") + files.names(".baton/pins")
        #expect(!names.contains { $0.hasPrefix(TemporaryFile.start) })
        let references = BlobReferences(StoreFiles(folder: files.path))
        #expect(files.names("blobs").count == references.named.count)
        #expect(try files.writer.verify().isClean)
        #expect(try files.model("seed").name.model == "seed")
    }

    @Test func severalProgramsDoNotTakeBlobsFromEachOther() async throws {
        defer { loop.stop() }
        let ended = Inbox<POSIX.ExitStatus>()
        for seed in 100..<103 {
            _ = try await start(["\(seed)", "\(6 * SoakSettings.rounds)"], ended)
        }
        // Each looks at the store after every step.
        #expect(await ended.next(3) == [.exited(0), .exited(0), .exited(0)])
        #expect(try files.writer.verify().isClean)
    }
}

/// How much is tried: little in a usual run, more where `BATON_TEST_SEEDS` asks for it.
private enum SoakSettings {
    static let rounds = Environment.value("BATON_TEST_SEEDS").flatMap { Int($0) } ?? 4
}

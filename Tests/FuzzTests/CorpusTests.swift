import Configuration
import Glibc
import POSIX
import TestKit
import Testing

/// Every input that fuzzing started from or ended with goes through the code again.
@Suite(.timeLimit(.minutes(5))) struct CorpusTests {
    private static let corpora: String = {
        // Tests/FuzzTests/CorpusTests.swift
        let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return folders.dropLast(3).joined(separator: "/") + "/Fuzz/Corpora"
    }()

    @Test(arguments: Files.names(in: corpora).sorted())
    func survivesItsCorpus(_ target: String) async throws {
        let output = try await Self.run([Self.corpora, target])
        #expect(output.status == .exited(0), "it ended at \(output.lines.last ?? "its start")")
        #expect(output.lines.count == Files.names(in: "\(Self.corpora)/\(target)").count)
    }

    @Test func hasATargetForEachCorpus() async throws {
        let output = try await Self.run([Self.corpora])
        #expect(output.status == .exited(0))
        let used = Set(output.lines.compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(used == Set(Files.names(in: Self.corpora)))
    }

    @Test(arguments: [[], ["/nonexistent"], [corpora, "unknown"]])
    func refusesWhatItCannotReplay(_ arguments: [String]) async throws {
        #expect(try await Self.run(arguments).status == .exited(1))
    }

    /// Runs the program to its end.
    private static func run(
        _ arguments: [String]
    ) async throws -> (status: POSIX.ExitStatus, lines: [String]) {
        let program = try Programs.path(of: "fuzz")
        let loop = try EventLoop(name: "fuzz-test")
        defer { loop.stop() }
        let output = Inbox<String>()
        let ended = Inbox<Result<POSIX.ExitStatus, SystemError>>()
        try start(program, arguments, loop, output, ended)
        let lines = await output.next().split(separator: "\n").map(String.init)
        return (try await ended.next().get(), lines)
    }

    private static func start(
        _ program: String,
        _ arguments: [String],
        _ loop: EventLoop,
        _ output: Inbox<String>,
        _ ended: Inbox<Result<POSIX.ExitStatus, SystemError>>
    ) throws {
        let (ours, theirs) = try Socket.pair()
        try NamedThread("fuzz-output") {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while case let count = read(ours.number, &chunk, chunk.count), count > 0 {
                bytes += chunk.prefix(count)
            }
            output.put(String(decoding: bytes, as: UTF8.self))
        }.detach()
        loop.submit {
            let command = ChildCommand(
                path: program,
                arguments: arguments,
                descriptors: [(1, theirs), (2, theirs)]
            )
            do throws(SystemError) {
                _ = try Spawner(loop: loop).start(command) { ended.put(.success($0)) }
            } catch {
                ended.put(.failure(error))
            }
        }
    }
}

import CLinux
import Glibc
@testable import POSIX
import TestKit
import Testing

@Suite struct FilesTests {
    private let folder = TemporaryFolder()

    @Test func replacesInOneStep() throws {
        let path = folder.file("a")
        try Files.replace(path, with: Array("old".utf8), mode: 0o600)
        try Files.replace(path, with: [])
        #expect(try Files.read(path) == [])
        let large = [UInt8](repeating: 7, count: 300_000)
        try Files.replace(path, with: large)
        #expect(try Files.read(path) == large)
        #expect(Files.names(in: folder.path) == ["a"])
        #expect(throws: SystemError.self) { try Files.replace(folder.file("b/c"), with: [1]) }
    }

    @Test func neverShowsHalfAFile() async throws {
        let path = folder.file("a")
        try Files.replace(path, with: [UInt8](repeating: 0, count: 100_000))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...50 {
                    let bytes = [UInt8](repeating: UInt8(round), count: 100_000)
                    try Files.replace(path, with: bytes)
                }
            }
            for _ in 0..<200 {
                let bytes = try Files.read(path)
                #expect(bytes.count == 100_000)
                #expect(Set(bytes).count == 1)
            }
            try await group.waitForAll()
        }
    }

    @Test func keepsTheOldContentWhenReplacingFails() throws {
        let path = folder.file("a")
        try Files.makeFolder(path)
        #expect(throws: SystemError.self) { try Files.replace(path, with: [1]) }
        #expect(Files.isFolder(path))
        #expect(Files.names(in: folder.path) == ["a"])
    }

    @Test func boundsWhatItReads() throws {
        let path = folder.file("a")
        try Files.replace(path, with: [1, 2, 3])
        #expect(try Files.read(path, limit: 3) == [1, 2, 3])
        let error = #expect(throws: SystemError.self) { try Files.read(path, limit: 2) }
        #expect(error?.code == EFBIG)
        let missing = #expect(throws: SystemError.self) { try Files.read(folder.file("x")) }
        #expect(missing?.description == "open '\(folder.file("x"))': No such file or directory")
    }

    @Test func makesFoldersAboveToo() throws {
        let path = folder.file("a/b/c")
        try Files.makeFolder(path)
        try Files.makeFolder(path)
        #expect(Files.isFolder(path))
        try Files.replace(folder.file("file"), with: [])
        #expect(throws: SystemError.self) { try Files.makeFolder(folder.file("file/x")) }
        #expect(Files.isExecutable("/bin/sh"))
        #expect(!Files.isExecutable(folder.file("file")))
        #expect(!Files.isExecutable(path))
    }

    @Test func knowsItself() {
        #expect(Files.isExecutable(Files.executable))
        #expect(Environment.all.contains { $0.hasPrefix("PATH=") })
        #expect(Environment.value("BATON_SURELY_NOT_SET") == nil)
    }

    @Test(arguments: [
        ("PATH=/bin", true), ("NOTIFY_SOCKET=/run/x", false), ("WATCHDOG_USEC=1", false),
        ("LISTEN_FDS=1", false), ("JOURNAL_STREAM=1:2", true), ("BATON_LOG=debug", true),
    ])
    func keepsWhatSystemdTellsItToItself(entry: String, isInherited: Bool) {
        #expect(Environment.isInherited(entry) == isInherited)
    }
}

@Suite struct SharedMemoryTests {
    @Test func isSeenByBothSides() throws {
        let memory = try SharedMemory(size: 5000)
        #expect(memory.count == 8192)
        #expect(memory.bytes.allSatisfy { $0 == 0 })
        let other = try SharedMemory(received: memory.descriptor, size: 5000)
        #expect(other.count == 5000)
        memory.bytes[4999] = 42
        #expect(other.bytes[4999] == 42)
    }

    @Test func canNeverShrink() throws {
        let memory = try SharedMemory(size: 4096)
        #expect(ftruncate(memory.descriptor.number, 0) == -1)
        #expect(ftruncate(memory.descriptor.number, 8192) == -1)
    }

    @Test func refusesWhatIsNotSealed() throws {
        let folder = TemporaryFolder()
        let path = folder.file("plain")
        try Files.replace(path, with: [UInt8](repeating: 0, count: 4096))
        let box = FileDescriptorBox(owning: open(path, O_RDWR | O_CLOEXEC))
        let error = #expect(throws: SystemError.self) {
            try SharedMemory(received: box, size: 4096)
        }
        #expect(error?.code == EPERM)
        // A memory file that could be sealed and was not.
        let bare = FileDescriptorBox(owning: linux_memfd_create("bare"))
        #expect(ftruncate(bare.number, 4096) == 0)
        #expect(throws: SystemError.self) { try SharedMemory(received: bare, size: 4096) }
    }

    @Test(arguments: [0, -1, 8193, Int.max])
    func refusesWrongSizes(size: Int) throws {
        let memory = try SharedMemory(size: 8192)
        let error = #expect(throws: SystemError.self) {
            try SharedMemory(received: memory.descriptor, size: size)
        }
        #expect(error?.code == EINVAL)
        if size != 8193 {
            #expect(throws: SystemError.self) { try SharedMemory(size: size) }
        }
    }
}

@Suite struct GuardedTests {
    private final class Counter: Sendable {
        let value = Guarded(0)
    }

    @Test func losesNoUpdate() async {
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<1000 { counter.value.withLock { $0 += 1 } } }
            }
        }
        #expect(counter.value.withLock { $0 } == 8000)
    }

    @Test func unlocksWhenTheBodyThrows() {
        let counter = Counter()
        #expect(throws: CancellationError.self) {
            try counter.value.withLock { _ in throw CancellationError() }
        }
        #expect(counter.value.withLock { $0 } == 0)
    }

    @Test func freesWhatItHolds() {
        final class Token: Sendable {}
        weak let kept: Token? = {
            let token = Token()
            _ = Guarded(token)
            return token
        }()
        #expect(kept == nil)
    }
}

@Suite struct MonotonicTimeTests {
    @Test func convertsDurations() {
        let start = MonotonicTime(nanoseconds: 1_000)
        #expect((start + .milliseconds(2)).nanoseconds == 2_001_000)
        #expect((start + .seconds(1)) - start == .seconds(1))
        #expect(Duration.milliseconds(1500).seconds == 1.5)
        #expect(Duration.microseconds(1500).milliseconds == 1.5)
        #expect(start < .now)
    }
}

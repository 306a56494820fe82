import CLinux
import Glibc
import Logging
import POSIX

/// A process that computes on every core and notes when it went on after a pause.
struct Burner {
    /// It is gone, or did not go on.
    struct Ended: Error {}

    private static let ballast = 128 << 20
    /// A pause that no scheduler of the kernel would make of an engine that runs alone.
    private static let gap = Duration.milliseconds(4)
    private static let cores = Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))

    let process: ChildProcess
    /// One moment for each thread: when it went on; 0 when it did not yet.
    private let notes: SharedMemory

    /// Starts one; call on the loop's thread.
    init(_ spawner: Spawner) throws {
        notes = try SharedMemory(size: 4096)
        let command = ChildCommand(
            path: Files.executable,
            arguments: ["--burn"],
            descriptors: [(number: 3, box: notes.descriptor)]
        )
        process = try spawner.start(command) { _ in }
    }

    /// Forgets when it went on.
    func clear() {
        unsafe notes.bytes.storeBytes(of: [8 of Int64](repeating: 0), as: [8 of Int64].self)
    }

    /// When its first thread went on; nil when none has.
    var begun: MonotonicTime? {
        let moments = unsafe notes.bytes.load(as: [8 of Int64].self)
        return moments.indices.map { moments[$0] }.filter { $0 > 0 }.min()
            .map { MonotonicTime(nanoseconds: $0) }
    }

    // MARK: The process itself

    static func run() throws -> Never {
        _ = linux_set_parent_death_signal(SIGKILL)
        let notes = try SharedMemory(received: FileDescriptorBox(owning: 3), size: 4096)
        let threads = try (0..<min(cores, 8)).map { index in
            try NamedThread("burner") { burn(notes, index) }
        }
        for thread in threads { thread.join() }
        exit(0)
    }

    /// Walks through memory and watches the clock, for ever.
    private static func burn(_ notes: SharedMemory, _ index: Int) {
        var memory = [UInt64](repeating: 1, count: ballast / cores / 8)
        let place = index * MemoryLayout<Int64>.size
        var last = MonotonicTime.now
        var cell = 0
        while true {
            let now = MonotonicTime.now
            if now - last > gap {
                unsafe notes.bytes.storeBytes(
                    of: now.nanoseconds,
                    toByteOffset: place,
                    as: Int64.self
                )
            }
            last = now
            for _ in 0..<64 {
                memory[cell] &+= 1
                cell = (cell + 521) % memory.count
            }
        }
    }
}

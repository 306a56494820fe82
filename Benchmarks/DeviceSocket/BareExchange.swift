import DeviceProtocol
import Glibc
import JSON
import POSIX

/// Two processes and a socket pair, blocking reads and writes, nothing else.
struct BareExchange {
    /// As long as a `ping`.
    private static let message = FrameDecoder.encode(["action": "ping", "request_id": 10_000])

    private let socket: FileDescriptorBox

    /// The other end has gone.
    struct Ended: Error {}

    /// Starts the other end; call on the loop's thread.
    ///
    /// - Parameter core: Where it runs, so that the two ends wake each other as the manager and its
    ///   client do: within a core an exchange takes a third of the time.
    init(_ loop: EventLoop, core: String) throws {
        let (ours, theirs) = try Socket.pair()
        let command = ChildCommand(
            path: "/usr/bin/taskset",
            arguments: ["--cpu-list", core, Files.executable, "--echo"],
            descriptors: [(number: 3, box: theirs)]
        )
        // It ends with its socket.
        _ = try Spawner(loop: loop).start(command) { _ in }
        socket = ours
    }

    /// One message there and back.
    func run() throws -> Duration {
        var answer = [UInt8](repeating: 0, count: Self.message.count)
        let start = MonotonicTime.now
        let sent = unsafe write(socket.number, Self.message, Self.message.count)
        let received = unsafe read(socket.number, &answer, answer.count)
        let time = MonotonicTime.now - start
        guard sent == answer.count, received == answer.count else { throw Ended() }
        return time
    }

    /// The other end: sends back what comes, until nothing comes any more.
    static func echo() -> Never {
        var bytes = [UInt8](repeating: 0, count: message.count)
        while true {
            let count = unsafe read(3, &bytes, bytes.count)
            guard count > 0, unsafe write(3, bytes, count) == count else { exit(0) }
        }
    }
}

import CLinux
import POSIX
import TestKit

/// Waits for the end of a process that somebody else reaps.
struct ProcessWatch {
    private let loop: EventLoop
    private let end = Inbox<Void>()

    init(_ process: Int32) throws {
        loop = try EventLoop(name: "process-watch")
        let number = linux_pidfd_open(process)
        // It is gone already.
        guard number >= 0 else {
            end.put(())
            return
        }
        let box = FileDescriptorBox(owning: number)
        let end = end
        _ = try loop.watch(number, for: .onChange.union(.readable)) { _ in
            withExtendedLifetime(box) { end.put(()) }
        }
    }

    /// Returns once it has ended.
    func ended() async {
        await end.next()
        loop.stop()
    }
}

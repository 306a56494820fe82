import Glibc
import Lifecycle
import POSIX
import TestKit
import Testing

/// A datagram socket that a service manager would read.
private struct Manager: ~Copyable {
    let number: Int32

    init(at path: String) {
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        let isAbstract = name[0] == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count + (isAbstract ? 0 : 1)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(length))
            }
        }
        precondition(bound == 0, "no socket for the test")
    }

    deinit { close(number) }

    func next() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(number, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}

@Suite struct NotifierTests {
    private let folder = TemporaryFolder()

    @Test func speaksTheProtocol() {
        for path in [folder.file("notify"), "@baton-test-\(getpid())-notify"] {
            let manager = Manager(at: path)
            let notifier = Notifier { ["NOTIFY_SOCKET": path][$0] }
            notifier.ready()
            notifier.stopping()
            notifier.watchdog()
            notifier.status("2 models")
            notifier.reloading()
            #expect(manager.next() == "READY=1")
            #expect(manager.next() == "STOPPING=1")
            #expect(manager.next() == "WATCHDOG=1")
            #expect(manager.next() == "STATUS=2 models")
            #expect(manager.next().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        }
    }

    @Test func isSilentWithoutAManager() {
        Notifier { _ in nil }.ready()
        Notifier { [path = folder.file("nobody")] in ["NOTIFY_SOCKET": path][$0] }.ready()
    }

    @Test(arguments: [
        (["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000"], Duration.milliseconds(1500)),
        (
            ["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "5"],
            .milliseconds(1500)
        ),
        (["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "6"], nil),
        (["WATCHDOG_USEC": "3000000"], nil), (["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "x"], nil),
    ])
    func knowsWhoIsWatched(variables: [String: String], interval: Duration?) {
        #expect(Notifier(process: 5) { variables[$0] }.watchdogInterval == interval)
    }
}

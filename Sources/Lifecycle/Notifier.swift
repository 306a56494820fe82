internal import Glibc
internal import POSIX

/// Tells the service manager what state this process is in, by systemd's notification protocol.
///
/// Written by us instead of linking libsystemd: the protocol is one datagram of text, while a small C
/// program that only links the library and calls it grew from 1.2 to 2.5 MB resident (x86-64).
package struct Notifier: Sendable {
    private let address: String?
    /// How often `WATCHDOG=1` must be sent at the least; nil when nobody watches.
    package let watchdogInterval: Duration?

    /// Reads where to send from the environment.
    ///
    /// - Parameters:
    ///   - process: This process's number; a watchdog meant for another is ignored.
    ///   - variable: Looks a variable up.
    package init(
        process: Int32 = getpid(),
        variable: (String) -> String? = Environment.value
    ) {
        address = variable("NOTIFY_SOCKET")
        let owner = variable("WATCHDOG_PID").flatMap { Int32($0) } ?? process
        let limit = variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        // Half of the limit, as the protocol recommends, so that one late turn does no harm.
        let isOurs = address != nil && owner == process && limit > 1
        watchdogInterval = isOurs ? .microseconds(limit / 2) : nil
    }

    /// The process does its work; also ends a reload.
    package func ready() { send("READY=1") }

    /// The process finishes its work.
    package func stopping() { send("STOPPING=1") }

    /// The process reads its files again; followed by `ready`.
    package func reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1000)")
    }

    /// The process is alive.
    package func watchdog() { send("WATCHDOG=1") }

    /// One line for `systemctl status`.
    ///
    /// - Parameter text: The line.
    package func status(_ text: String) { send("STATUS=\(text)") }

    private func send(_ text: String) {
        guard let address else { return }
        // A service manager that does not listen is no reason to stop working.
        try? Socket.sendDatagram(Array(text.utf8), to: address)
    }
}

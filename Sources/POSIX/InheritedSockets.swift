internal import CLinux
internal import Glibc

/// Listening sockets that systemd opened for this process (socket activation, sd_listen_fds(3)).
package enum InheritedSockets {
    private static let first: CInt = 3
    /// Those not taken yet, by name.
    private static let waiting = Guarded<[(name: String, socket: FileDescriptorBox)]?>(nil)

    /// Takes the sockets of a name; each is given once.
    ///
    /// systemd names a socket after its unit, "baton-ocr.socket", unless the unit gives a name
    /// (`FileDescriptorName=`). The variables are removed, so that no child takes them for its own.
    ///
    /// - Parameter name: The name, without ".socket".
    package static func take(_ name: String) -> [FileDescriptorBox] {
        waiting.withLock { waiting in
            var all = waiting ?? receive()
            let mine = all.filter { $0.name == name || $0.name == name + ".socket" }
            all.removeAll { $0.name == name || $0.name == name + ".socket" }
            waiting = all
            return mine.map(\.socket)
        }
    }

    private static func receive() -> [(name: String, socket: FileDescriptorBox)] {
        defer { for variable in variables { unsafe unsetenv(variable) } }
        guard let process = Environment.value("LISTEN_PID").flatMap({ Int32($0) }),
            process == getpid(),
            let count = Environment.value("LISTEN_FDS").flatMap({ CInt($0) }), count > 0,
            count < 1024
        else { return [] }
        let names = (Environment.value("LISTEN_FDNAMES") ?? "")
            .split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            // Children must not listen too, and the server must not wait for a vanished client.
            _ = linux_set_close_on_exec(first + index, 1)
            _ = linux_set_nonblocking(first + index, 1)
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            return (name, FileDescriptorBox(owning: first + index))
        }
    }

    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
}

internal import POSIX

/// How much memory this machine, or this process's control group, really has.
package enum MachineMemory {
    /// Bytes that may be used at most: the lowest `memory.max` from our control group up to the
    /// root, or all of the machine.
    ///
    /// - Returns: Bytes; 1 GiB when the kernel tells nothing, which does not happen on Linux.
    package static func limit() -> Int {
        let total = machineTotal() ?? 1 << 30
        return min(total, groupLimit() ?? total)
    }

    private static func machineTotal() -> Int? {
        guard let text = text("/proc/meminfo") else { return nil }
        return kibibytes("MemTotal:", in: text).map { $0 * 1024 }
    }

    private static func groupLimit() -> Int? {
        // Version 2 has one line: "0::/path".
        guard
            let line = text("/proc/self/cgroup")?.split(separator: "\n").first(where: {
                $0.hasPrefix("0::")
            })
        else { return nil }
        var path = String(line.dropFirst(3))
        var lowest: Int?
        while true {
            let file = "/sys/fs/cgroup\(path == "/" ? "" : path)/memory.max"
            if let word = text(file)?.split(separator: "\n").first, let bytes = Int(word) {
                lowest = min(lowest ?? bytes, bytes)
            }
            guard path != "/", let slash = path.lastIndex(of: "/") else { return lowest }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }

    private static func kibibytes(_ name: String, in text: String) -> Int? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        let words = line.split(separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }

    private static func text(_ path: String) -> String? {
        // A file that is not there is an answer too: no limit.
        (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }
}

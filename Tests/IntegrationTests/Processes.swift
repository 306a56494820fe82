import Glibc
import POSIX

/// What the kernel tells of processes.
enum Processes {
    /// The processes of a name that a process has started; the first 15 bytes of it count.
    static func children(of parent: Int32, named name: String) -> [Int32] {
        Files.names(in: "/proc").compactMap { Int32($0) }.filter { pid in
            guard let lines = try? status(of: pid) else { return false }
            return lines["PPid"] == "\(parent)" && lines["Name"] == String(name.prefix(15))
        }
    }

    /// Whether a process ignores a signal.
    static func isIgnored(_ signal: Int32, by pid: Int32) throws -> Bool {
        let mask = try status(of: pid)["SigIgn"].flatMap { UInt64($0, radix: 16) } ?? 0
        return mask >> UInt64(signal - 1) & 1 == 1
    }

    private static func status(of pid: Int32) throws -> [Substring: String] {
        let text = String(decoding: try Files.read("/proc/\(pid)/status"), as: UTF8.self)
        var fields: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[parts[0]] = String(parts[1].drop { $0 == "\t" || $0 == " " })
        }
        return fields
    }
}

/// Cuts bytes into lines, at `\n` or `\r\n`; pure.
struct LineSplitter {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Up to here no end of a line was found.
    private var searched = 0

    /// Bytes that wait for the end of their line, once `next` found none.
    var rest: Int { bytes.count - start }

    mutating func append(_ piece: [UInt8]) {
        bytes.removeFirst(start)
        searched -= start
        start = 0
        bytes += piece
    }

    /// The next whole line without its end.
    mutating func next() -> [UInt8]? {
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            return nil
        }
        let line = bytes[start..<end]
        start = end + 1
        searched = start
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    /// What stands after the last end of a line; nil for nothing.
    mutating func last() -> [UInt8]? {
        let line = bytes[start...]
        bytes = []
        start = 0
        searched = 0
        return line.isEmpty ? nil : Array(line)
    }
}

/// Finds the data of server-sent events in bytes that arrive in any pieces.
///
/// Each event of llama-server is one `data:` line; others are passed over.
struct EventLines {
    private var pending: [UInt8] = []
    /// How much of `pending` has no line break, so that no byte is looked at twice.
    private var searched = 0

    private static let mark = Array("data:".utf8)

    /// Takes bytes in and returns the data of the events that are complete.
    mutating func take(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        if pending.isEmpty { pending = bytes } else { pending += bytes }
        var events: [ArraySlice<UInt8>] = []
        var start = 0
        while let end = pending[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
            var line = pending[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.starts(with: Self.mark) {
                let data = line.dropFirst(Self.mark.count)
                events.append(data.first == UInt8(ascii: " ") ? data.dropFirst() : data)
            }
            start = end + 1
        }
        pending.removeFirst(start)
        searched = pending.count
        return events
    }
}

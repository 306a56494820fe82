internal import JSON

/// Members of reports and events as people read them.
extension JSONValue? {
    /// A text or a whole number; "-" for everything else.
    package var text: String {
        self?.stringValue ?? self?.integerValue.map { "\($0)" } ?? "-"
    }

    /// The texts of a list.
    package var names: [String] { self?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Bytes as megabytes; "-" for none.
    var megabytes: String {
        let bytes = self?.integerValue ?? 0
        return bytes == 0 ? "-" : "\(bytes / 1_000_000) MB"
    }

    /// Milliseconds as people read them.
    var time: String { WaitText.milliseconds(self?.integerValue ?? 0) }
}

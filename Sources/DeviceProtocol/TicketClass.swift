/// Who goes first; every key has a ceiling.
package enum TicketClass: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// When nobody else wants the device.
    case background
    /// Somebody waits for the answer.
    case interactive
    /// Takes the baton at once: a camera, live speech.
    case realtime

    /// The word in messages, headers and configuration.
    package var word: String {
        switch self {
        case .background: "background"
        case .interactive: "interactive"
        case .realtime: "realtime"
        }
    }

    /// The class that a word names.
    ///
    /// - Parameter word: "realtime", "interactive" or "background".
    package init?(word: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }

    /// Orders by precedence: `background < interactive < realtime`.
    package static func < (left: TicketClass, right: TicketClass) -> Bool {
        left.rawValue < right.rawValue
    }
}

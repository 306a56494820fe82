/// Who goes first; every key has a ceiling.
///
/// The raw value is the word in messages, headers and configuration.
package enum TicketClass: String, Sendable, Hashable, Comparable, CaseIterable {
    /// When nobody else wants the device.
    case background
    /// Somebody waits for the answer.
    case interactive
    /// Takes the baton at once: a camera, live speech.
    case realtime

    /// 0 for the lowest class, counting up.
    package var rank: Int {
        switch self {
        case .background: 0
        case .interactive: 1
        case .realtime: 2
        }
    }

    /// Orders by precedence: `background < interactive < realtime`.
    package static func < (left: TicketClass, right: TicketClass) -> Bool {
        left.rank < right.rank
    }
}

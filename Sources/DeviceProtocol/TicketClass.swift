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

    /// The class of a rank.
    ///
    /// - Parameter rank: 0 for the lowest class; what is out of range counts as the nearest.
    package init(rank: Int) {
        self = rank <= 0 ? .background : rank == 1 ? .interactive : .realtime
    }

    /// Orders by precedence: `background < interactive < realtime`.
    package static func < (left: TicketClass, right: TicketClass) -> Bool {
        left.rank < right.rank
    }
}

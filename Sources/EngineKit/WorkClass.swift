/// How urgent work is; within an engine a higher class always goes first.
package enum WorkClass: String, Sendable, Hashable, CaseIterable, Comparable {
    case background, interactive, realtime

    /// Orders by urgency: `background < interactive < realtime`.
    package static func < (left: WorkClass, right: WorkClass) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .background: 0
        case .interactive: 1
        case .realtime: 2
        }
    }
}

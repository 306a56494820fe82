/// Something that wants device time: tickets that have their models, the first ticket that waits for
/// models that are there, or a load.
struct Claim: Sendable {
    enum Kind: Sendable {
        /// The busy tickets of a lane.
        case busy
        /// The first waiting ticket of a lane.
        case head
        /// The loading of a model.
        case load
    }

    /// Before or after the others of the same class.
    enum Stage: Int, Sendable {
        /// A load that was overtaken for as long as it may be.
        case overdue
        /// Holds the baton, and its turn is not over.
        case holding
        case usual
    }

    let kind: Kind
    /// The lane, or the model of a load.
    let subject: Int
    /// Its class.
    let rank: Int
    /// Its class in the order of this decision: ageing lifts it, debts to lower classes lower it.
    let precedence: Int
    var stage = Stage.usual
    var standing: Standing

    /// Whether it comes before another; loads are put in their places afterwards.
    func precedes(_ other: Claim) -> Bool {
        if precedence != other.precedence { return precedence > other.precedence }
        if stage != other.stage { return stage.rawValue < other.stage.rawValue }
        return standing < other.standing
    }
}

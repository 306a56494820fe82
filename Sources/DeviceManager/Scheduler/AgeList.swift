/// Waiting tickets of one rank in the order in which they began to wait there.
struct AgeList: Sendable {
    /// The place of the one that has waited longest; -1 for none.
    var oldest = -1
    /// The place of the one that came last.
    var youngest = -1
}

extension Scheduler {
    mutating func appendToAges(_ place: Int) {
        let rank = tickets[place].rank
        let last = ages[rank].youngest
        tickets[place].older = last
        tickets[place].younger = -1
        if last >= 0 {
            tickets[last].younger = place
        } else {
            ages[rank].oldest = place
            if ageing[rank] < .max { due = min(due, tickets[place].since + ageing[rank]) }
        }
        ages[rank].youngest = place
    }

    mutating func removeFromAges(_ place: Int) {
        let (rank, older, younger) = (
            tickets[place].rank, tickets[place].older, tickets[place].younger
        )
        if older >= 0 { tickets[older].younger = younger } else { ages[rank].oldest = younger }
        if younger >= 0 { tickets[younger].older = older } else { ages[rank].youngest = older }
    }
}

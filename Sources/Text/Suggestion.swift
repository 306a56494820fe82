/// Finds what somebody probably meant to type.
package enum Suggestion {
    /// The candidate closest to a word, or nil when none is close.
    ///
    /// Close means at most one slip for up to five letters, two for up to eleven, then three; a slip
    /// is a letter too many, missing, wrong, or swapped with its neighbour.
    ///
    /// - Parameters:
    ///   - word: What was typed.
    ///   - candidates: What could have been meant; the first of equally close ones is taken.
    /// - Complexity: O(candidates × length²).
    package static func closest(to word: String, among candidates: [String]) -> String? {
        let length = word.utf8.count
        let limit = length < 6 ? 1 : length < 12 ? 2 : 3
        let ranked = candidates.map { (name: $0, slips: distance(word, $0)) }
        guard let best = ranked.min(by: { $0.slips < $1.slips }) else { return nil }
        return best.slips <= limit && best.slips < length ? best.name : nil
    }

    /// How many slips turn one word into another; upper and lower case count as equal.
    ///
    /// - Parameters:
    ///   - left: A word.
    ///   - right: Another.
    package static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.lowercased().utf8)
        let right = Array(right.lowercased().utf8)
        var older: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var best = min(
                    previous[column] + (isSame ? 0 : 1),
                    previous[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    best = min(best, older[column - 1] + 1)
                }
                current.append(best)
            }
            older = previous
            previous = current
        }
        return previous[right.count]
    }
}

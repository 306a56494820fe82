/// Looks for the first of several texts in one that grows.
///
/// The one that begins first counts, and of several at one place the shortest, so that the same is
/// found in whatever pieces the text comes.
struct TextSearch: Sendable {
    enum Result: Equatable {
        /// One of the texts, and where it is.
        case found(Range<Int>, String)
        /// None of them begins before a place; one may begin there, which may be the end.
        case pending(at: Int)
    }

    /// By their first bytes, the shortest first.
    private let texts: [UInt8: [(bytes: [UInt8], text: String)]]

    /// - Parameter texts: What is looked for; empty ones do not count.
    init(_ texts: [String]) {
        let sorted = texts.filter { !$0.isEmpty }.sorted { $0.utf8.count < $1.utf8.count }
        self.texts = Dictionary(grouping: sorted.map { (Array($0.utf8), $0) }) { $0.0[0] }
    }

    /// Looks from a place on.
    ///
    /// - Parameters:
    ///   - bytes: The text so far.
    ///   - start: The place.
    ///   - isWhole: Whether no more of the text will come.
    /// - Complexity: O(bytes) where no text begins like another.
    func first(in bytes: [UInt8], from start: Int, isWhole: Bool = false) -> Result {
        for place in start..<bytes.count {
            guard let candidates = texts[bytes[place]] else { continue }
            let rest = bytes[place...]
            var isPending = false
            for (pattern, text) in candidates {
                if pattern.count > rest.count {
                    isPending = isPending || pattern.starts(with: rest)
                } else if rest.starts(with: pattern) {
                    return .found(place..<(place + pattern.count), text)
                }
            }
            if isPending, !isWhole { return .pending(at: place) }
        }
        return .pending(at: bytes.count)
    }

    /// All places where one of the texts begins, in order; they may overlap.
    func all(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while case .found(let range, _) = first(in: bytes, from: start, isWhole: true) {
            found.append(range)
            start = range.lowerBound + 1
        }
        return found
    }
}

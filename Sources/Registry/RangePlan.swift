/// Gives the missing ranges of a blob out to streams; pure.
///
/// DESIGN. Taken from the front, so that whoever digests the bytes in order is never far behind. How
/// much a stream takes grows and shrinks with how fast it is: about four seconds' worth, so that a
/// failure costs little and requests are few; and never more than its share of what is left, so that
/// all streams end together.
struct RangePlan {
    /// The least that is asked for at once, save for what is left at the end.
    static let leastPart = 4 << 20
    /// The most that is asked for at once.
    static let mostPart = 256 << 20
    /// What a stream takes first, before anybody knows how fast it is.
    static let firstPart = 16 << 20
    /// How long a part shall take, in seconds.
    private static let span = 4.0

    private let alignment: Int
    private let streams: Int
    private(set) var left: [Range<Int>]

    /// Plans ranges.
    ///
    /// - Parameters:
    ///   - missing: What is missing, in order; each begins at a multiple of `alignment`.
    ///   - alignment: What parts begin at multiples of.
    ///   - streams: How many take parts at once.
    init(_ missing: [Range<Int>], alignment: Int, streams: Int) {
        left = missing
        self.alignment = alignment
        self.streams = max(1, streams)
    }

    var bytesLeft: Int { left.reduce(0) { $0 + $1.count } }

    /// Takes the next part; nil when everything is taken.
    ///
    /// - Parameter rate: Bytes a second of the part before; nil for a stream that begins.
    mutating func take(rate: Double?) -> Range<Int>? {
        guard let first = left.first else { return nil }
        let usual = rate.map { Int(min($0 * Self.span, Double(Self.mostPart))) } ?? Self.firstPart
        let share = bytesLeft / streams
        let wanted = max(Self.leastPart, min(usual, share, Self.mostPart))
        let end = min(first.upperBound, first.lowerBound + wanted / alignment * alignment)
        // A rest that is hardly worth a request goes with it.
        let isAll = first.upperBound - end < alignment
        let part = first.lowerBound..<(isAll ? first.upperBound : end)
        if isAll { left.removeFirst() } else { left[0] = end..<first.upperBound }
        return part
    }

    /// Takes back what a stream did not get.
    mutating func giveBack(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let index = left.firstIndex { $0.lowerBound >= range.upperBound } ?? left.count
        left.insert(range, at: index)
    }

    /// Takes everything that is left, for one stream that gets the blob from its beginning.
    mutating func takeAll() { left = [] }
}

/// A stretch of marked pixels in one row of a mask.
package struct MaskRun: Hashable, Sendable {
    /// The row, from 0 at the top.
    package let row: Int32
    /// The first column.
    package let start: Int32
    /// The last column; not one past it.
    package let end: Int32
}

/// The connected areas of a mask, each as its runs from top to bottom.
///
/// Pixels are connected to all eight neighbours. Only the outside of an area matters here, because
/// only its convex hull is used; the edge of a hole in it gives no region of its own. (Tracing
/// contours would give one for each hole as well: where the map is below the threshold by
/// definition, and so never text that another area does not have already.)
///
/// One pass over the rows joins runs with those of the row above in a union-find forest; a second
/// one groups the runs by area. Both are linear in the number of runs, so noise costs no more than
/// text.
package struct TextComponents {
    /// All runs, those of one area together and in order of their rows.
    package let runs: [MaskRun]
    /// Where each area's runs are, in order of the areas' uppermost, then leftmost run.
    package let areas: [Range<Int>]

    /// Finds the areas of a mask.
    ///
    /// - Parameter mask: The marked pixels.
    package init(_ mask: TextMask) {
        var scanner = RunScanner(mask)
        scanner.scan()
        (runs, areas) = scanner.grouped()
    }
}

/// The passes of `TextComponents`.
private struct RunScanner {
    private let mask: TextMask
    private var runs: [MaskRun] = []
    /// The parent of each run in the union-find forest; never a later run, so that a tree's root
    /// is its first run.
    private var parents: [Int32] = []

    init(_ mask: TextMask) {
        self.mask = mask
    }

    mutating func scan() {
        var above = 0..<0
        for row in 0..<mask.height {
            let first = runs.count
            appendRuns(of: row)
            join(first..<runs.count, with: above)
            above = first..<runs.count
        }
    }

    /// Finds the stretches of set bits by the borders between unlike bits.
    private mutating func appendRuns(of row: Int) {
        var start: Int32 = -1
        for word in 0..<mask.wordsPerRow {
            let bits = mask.words[row * mask.wordsPerRow + word]
            // While a run is open its end is looked for: the first clear bit.
            var rest = start < 0 ? bits : ~bits
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                let column = Int32(word * 64 + bit)
                let later = UInt64.max << UInt64(bit)
                if start < 0 {
                    start = column
                    rest = ~bits & later
                } else {
                    append(MaskRun(row: Int32(row), start: start, end: column - 1))
                    start = -1
                    rest = bits & later
                }
            }
        }
        if start >= 0 {
            append(MaskRun(row: Int32(row), start: start, end: Int32(mask.width - 1)))
        }
    }

    private mutating func append(_ run: MaskRun) {
        parents.append(Int32(runs.count))
        runs.append(run)
    }

    /// Joins each run of a row with the runs above that it touches, corners included.
    private mutating func join(_ current: Range<Int>, with above: Range<Int>) {
        var candidate = above.lowerBound
        for index in current {
            let run = runs[index]
            while candidate < above.upperBound, runs[candidate].end + 1 < run.start {
                candidate += 1
            }
            var touching = candidate
            while touching < above.upperBound, runs[touching].start <= run.end + 1 {
                unite(index, touching)
                touching += 1
            }
        }
    }

    private mutating func unite(_ one: Int, _ other: Int) {
        let (a, b) = (root(of: one), root(of: other))
        parents[max(a, b)] = Int32(min(a, b))
    }

    private mutating func root(of run: Int) -> Int {
        var index = run
        while Int(parents[index]) != index {
            // Halving the path keeps later look-ups short.
            parents[index] = parents[Int(parents[index])]
            index = Int(parents[index])
        }
        return index
    }

    /// The runs sorted by area, keeping their order within it.
    mutating func grouped() -> ([MaskRun], [Range<Int>]) {
        var areaOfRoot = [Int32](repeating: -1, count: runs.count)
        var areaOfRun = [Int32](repeating: 0, count: runs.count)
        var counts: [Int] = []
        for run in runs.indices {
            let root = root(of: run)
            if areaOfRoot[root] < 0 {
                areaOfRoot[root] = Int32(counts.count)
                counts.append(0)
            }
            areaOfRun[run] = areaOfRoot[root]
            counts[Int(areaOfRoot[root])] += 1
        }
        var areas: [Range<Int>] = []
        areas.reserveCapacity(counts.count)
        for count in counts {
            let start = areas.last?.upperBound ?? 0
            areas.append(start..<(start + count))
        }
        var next = areas.map(\.lowerBound)
        var sorted = runs
        for run in runs.indices {
            let area = Int(areaOfRun[run])
            sorted[next[area]] = runs[run]
            next[area] += 1
        }
        return (sorted, areas)
    }
}

/// Takes comments and the insides of string literals out of Swift source, line by line.
///
/// Rules about code look at the result, so that prose and test data never break them. Knows line
/// comments, nested block comments, and plain, raw and multi-line literals; code inside an
/// interpolation counts as part of its literal.
struct CodeText {
    private enum Mode: Equatable {
        case code
        case comment(depth: Int)
        case literal(hashes: Int, isMultiline: Bool)
    }

    private var mode = Mode.code

    /// The lines of `file` with only code left in them.
    static func lines(of file: SourceFile) -> [String] {
        var text = CodeText()
        return file.lines.map { text.strip($0) }
    }

    private mutating func strip(_ line: Substring) -> String {
        let bytes = Array(line.utf8)
        var kept: [UInt8] = []
        var index = 0
        while index < bytes.count {
            index = step(bytes[index...], &kept)
        }
        // Only the multi-line kind goes on in the next line.
        if case .literal(_, isMultiline: false) = mode { mode = .code }
        return String(decoding: kept, as: UTF8.self)
    }

    /// Consumes the start of `rest`; returns the index to go on from.
    private mutating func step(_ rest: ArraySlice<UInt8>, _ kept: inout [UInt8]) -> Int {
        switch mode {
        case .code: stepInCode(rest, &kept)
        case .comment(let depth): stepInComment(rest, depth: depth)
        case .literal(let hashes, let isMultiline):
            stepInLiteral(rest, hashes: hashes, isMultiline: isMultiline)
        }
    }

    private mutating func stepInCode(_ rest: ArraySlice<UInt8>, _ kept: inout [UInt8]) -> Int {
        if rest.starts(with: "//".utf8) { return rest.endIndex }
        if rest.starts(with: "/*".utf8) {
            mode = .comment(depth: 1)
            return rest.startIndex + 2
        }
        let hashes = rest.prefix { $0 == UInt8(ascii: "#") }.count
        let after = rest.dropFirst(hashes)
        guard after.first == UInt8(ascii: "\"") else {
            kept.append(rest[rest.startIndex])
            return rest.startIndex + 1
        }
        let isMultiline = after.starts(with: "\"\"\"".utf8)
        mode = .literal(hashes: hashes, isMultiline: isMultiline)
        return after.startIndex + (isMultiline ? 3 : 1)
    }

    private mutating func stepInComment(_ rest: ArraySlice<UInt8>, depth: Int) -> Int {
        if rest.starts(with: "*/".utf8) {
            mode = depth == 1 ? .code : .comment(depth: depth - 1)
            return rest.startIndex + 2
        }
        if rest.starts(with: "/*".utf8) {
            mode = .comment(depth: depth + 1)
            return rest.startIndex + 2
        }
        return rest.startIndex + 1
    }

    private mutating func stepInLiteral(
        _ rest: ArraySlice<UInt8>,
        hashes: Int,
        isMultiline: Bool
    ) -> Int {
        // A raw literal has no escapes worth knowing: a quote in it never stands before its hashes.
        if hashes == 0, rest.first == UInt8(ascii: "\\") {
            return min(rest.startIndex + 2, rest.endIndex)
        }
        let quotes = isMultiline ? 3 : 1
        let end =
            [UInt8](repeating: UInt8(ascii: "\""), count: quotes)
            + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        guard rest.starts(with: end) else { return rest.startIndex + 1 }
        mode = .code
        return rest.startIndex + end.count
    }
}

extension StringProtocol {
    /// Whether `word` occurs with no letter, digit or underscore directly before or after it.
    ///
    /// - Parameter word: What to look for; a neighbour only counts beside a letter, digit or
    ///   underscore of the word itself.
    /// - Returns: Whether it occurs so at least once.
    func containsWord(_ word: some StringProtocol) -> Bool {
        let bytes = Array(utf8)
        let sought = Array(word.utf8)
        guard let first = sought.first, let last = sought.last, bytes.count >= sought.count else {
            return false
        }
        return (0...(bytes.count - sought.count)).contains { start in
            guard bytes[start] == first, bytes[start...].starts(with: sought) else { return false }
            let end = start + sought.count
            let joinsBefore = start > 0 && first.isWordByte && bytes[start - 1].isWordByte
            let joinsAfter = end < bytes.count && last.isWordByte && bytes[end].isWordByte
            return !joinsBefore && !joinsAfter
        }
    }

    /// The text without spaces and tabs at either end.
    var trimmed: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }),
            let last = lastIndex(where: { !isBlank($0) })
        else { return self[endIndex...] }
        return self[first...last]
    }
}

extension UInt8 {
    /// Whether the byte can be part of an ASCII identifier.
    var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

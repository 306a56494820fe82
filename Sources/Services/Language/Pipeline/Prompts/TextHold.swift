/// Keeps back the end of a stream of text while it could be the beginning of something looked for.
struct TextHold: Sendable {
    /// What has not been let go yet.
    private(set) var held = ""

    /// Takes more text.
    mutating func add(_ text: String) {
        held += text
    }

    /// Looks for the first of several texts in what is held.
    ///
    /// - Returns: What comes before it, which is let go with it, and which one it was; nil when
    ///   none is there.
    mutating func take(firstOf texts: [String]) -> (before: String, found: String)? {
        var best: (range: Range<String.UTF8View.Index>, text: String)?
        for text in texts where !text.isEmpty {
            guard let range = Self.range(of: text, in: held) else { continue }
            // The one that comes first, and of several in one place the longest.
            let isFirst = best.map { known in
                range.lowerBound < known.range.lowerBound
                    || range.lowerBound == known.range.lowerBound
                        && text.utf8.count > known.text.utf8.count
            }
            if isFirst ?? true { best = (range, text) }
        }
        guard let best else { return nil }
        let before = String(decoding: held.utf8[..<best.range.lowerBound], as: UTF8.self)
        held = String(decoding: held.utf8[best.range.upperBound...], as: UTF8.self)
        return (before, best.text)
    }

    /// Lets go of all that cannot be the beginning of one of the texts.
    mutating func takeSettled(before texts: [String]) -> String {
        let bytes = Array(held.utf8)
        var kept = 0
        for text in texts {
            let pattern = Array(text.utf8)
            for count in stride(from: min(pattern.count - 1, bytes.count), to: kept, by: -1)
            where bytes.suffix(count).elementsEqual(pattern.prefix(count)) {
                kept = count
                break
            }
        }
        held = String(decoding: bytes.suffix(kept), as: UTF8.self)
        return String(decoding: bytes.dropLast(kept), as: UTF8.self)
    }

    /// Lets go of everything.
    mutating func takeAll() -> String {
        defer { held = "" }
        return held
    }

    /// Replaces what is held.
    mutating func keep(_ text: String) {
        held = text
    }

    private static func range(
        of text: String,
        in whole: String
    ) -> Range<String.UTF8View.Index>? {
        let (pattern, bytes) = (Array(text.utf8), whole.utf8)
        var start = bytes.startIndex
        while start < bytes.endIndex {
            if bytes[start...].starts(with: pattern) {
                return start..<bytes.index(start, offsetBy: pattern.count)
            }
            start = bytes.index(after: start)
        }
        return nil
    }
}

/// The name of one part of a split GGUF file: `model-00002-of-00003.gguf`.
///
/// The numbers have five digits and count from 1.
package struct GGUFPartName: Sendable, Hashable {
    /// What all parts' names begin with, folders included.
    package let start: String
    /// Which part it is, from 1 to `count`.
    package let number: Int
    /// How many parts there are.
    package let count: Int

    private static let digits = 5
    private static let ending = ".gguf"

    /// Reads a path; nil when it names no part.
    ///
    /// - Parameter path: The path, or the name alone.
    package init?(_ path: String) {
        guard path.hasSuffix(Self.ending) else { return nil }
        let rest = path.dropLast(Self.ending.count)
        guard let (before, count) = Self.number(endOf: rest, after: "-of-"),
            let (start, number) = Self.number(endOf: before, after: "-"),
            count > 0, (1...count).contains(number)
        else { return nil }
        self.start = String(start)
        self.number = number
        self.count = count
    }

    /// The paths of all parts, in order.
    package var all: [String] {
        (1...count).map { "\(start)-\(Self.text($0))-of-\(Self.text(count))\(Self.ending)" }
    }

    private static func text(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    private static func number(
        endOf text: Substring,
        after mark: String
    ) -> (before: Substring, number: Int)? {
        let number = text.utf8.suffix(digits)
        let before = text.dropLast(digits)
        guard number.count == digits, before.hasSuffix(mark),
            number.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(String(text.suffix(digits))).map { (before.dropLast(mark.count), $0) }
    }
}

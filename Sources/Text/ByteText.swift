/// Amounts of bytes as people write them: `10MiB` (powers of 1024), `500MB` (of 1000), or a number.
package enum ByteText {
    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
        ("KB", 1000), ("B", 1),
    ]

    /// Reads an amount; nil when the text is none.
    ///
    /// One number, which may have a fraction, then a unit or nothing; spaces between are fine. A bare
    /// `M` is refused because it means two things.
    ///
    /// - Parameter text: The text.
    package static func parse(_ text: String) -> Int? {
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let word = text.dropFirst(number.count).drop { $0 == " " }
        guard !word.isEmpty else { return Int(number) }
        guard let unit = units.first(where: { $0.name == word }),
            let bytes = DurationText.scaled(number, by: unit.bytes)
        else { return nil }
        return Int(exactly: bytes)
    }

    /// Writes an amount so that `parse` reads the same, in the largest unit that needs no fraction.
    ///
    /// - Parameter bytes: The amount, from 0 up.
    package static func format(_ bytes: Int) -> String {
        for (name, size) in units.prefix(4) where bytes > 0 && bytes % Int(size) == 0 {
            return "\(bytes / Int(size))\(name)"
        }
        return "\(bytes)"
    }
}

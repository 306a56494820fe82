/// Numbers as Ollama's command line shows them.
package enum Amounts {
    private static let byteUnits: [(name: String, size: Double)] = [
        ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3),
    ]
    private static let countUnits: [(name: String, size: Double, places: Int)] = [
        ("B", 1e9, 1), ("M", 1e6, 2), ("K", 1e3, 0),
    ]

    /// An amount of bytes in powers of 1000: "4.7 GB", "986 MB", "12 B".
    ///
    /// From ten on without a fraction, which is cut off and not rounded.
    ///
    /// - Parameter count: The amount.
    package static func bytes(_ count: Int) -> String {
        let number = Double(count)
        guard let unit = byteUnits.first(where: { number >= $0.size }) else { return "\(count) B" }
        let value = number / unit.size
        let isWhole = value >= 10 || value == value.rounded(.down)
        return "\(isWhole ? "\(Int(value))" : decimal(value, places: 1)) \(unit.name)"
    }

    /// A count of parameters: "8.0B", "268.10M", "7B".
    static func count(_ count: Int) -> String {
        let number = Double(count)
        guard let unit = countUnits.first(where: { number >= $0.size }) else { return "\(count)" }
        let value = number / unit.size
        let isWhole = value == value.rounded(.down)
        return decimal(value, places: isWhole ? 0 : unit.places) + unit.name
    }

    /// A number with so many digits after the point, rounded.
    static func decimal(_ value: Double, places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * Double(scale)).rounded()
        // Beyond that there are no digits after the point anyway.
        guard scaled < 9e15 else { return "\(value)" }
        let number = Int(scaled)
        let sign = value < 0 && number > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(number)" }
        let digits = "\(number % scale)"
        let zeros = String(repeating: "0", count: places - digits.count)
        return "\(sign)\(number / scale).\(zeros)\(digits)"
    }
}

/// Numbers of parameters as people read them: "8.0B", "134.52M", "22K".
///
/// One decimal from a billion on, two from a million on, none below and for round numbers: the form
/// in which Ollama's clients know them.
package enum ParameterSize {
    /// Writes a number.
    ///
    /// - Parameter count: The number; negative ones count as 0.
    package static func text(_ count: Int) -> String {
        let number = Double(max(count, 0))
        switch number {
        case 1e9...: return scaled(number / 1e9, decimals: 1) + "B"
        case 1e6...: return scaled(number / 1e6, decimals: 2) + "M"
        case 1e3...: return "\(rounded(number / 1e3, by: 1))K"
        default: return "\(max(count, 0))"
        }
    }

    private static func scaled(_ number: Double, decimals: Int) -> String {
        guard number != number.rounded(.down) else { return "\(Int(number))" }
        let scale = decimals == 1 ? 10 : 100
        let value = rounded(number, by: Double(scale))
        let fraction = String(value % scale + scale).dropFirst()
        return "\(value / scale).\(fraction)"
    }

    /// A number times a small one, rounded as decimal digits are: by its exact value, and to even
    /// between two.
    private static func rounded(_ number: Double, by scale: Double) -> Int {
        let product = number * scale
        // What the multiplication rounded off.
        let rest = (-product).addingProduct(number, scale)
        let whole = product.rounded(.down)
        let distance = (product - whole - 0.5) + rest
        let isUp = distance > 0 || (distance == 0 && Int(whole) % 2 == 1)
        return Int(whole) + (isUp ? 1 : 0)
    }
}

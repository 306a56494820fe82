/// Text that grows within a budget.
struct GoWriter {
    private var bytes: [UInt8] = []
    /// What may still be written.
    var budget: GoBudget

    init(_ budget: GoBudget) {
        self.budget = budget
    }

    /// Everything that was written.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func write(_ text: String) throws(GoFunctionError) {
        try budget.spend(bytes: text.utf8.count)
        bytes += text.utf8
    }

    mutating func write(_ part: some Collection<UInt8>) throws(GoFunctionError) {
        try budget.spend(bytes: part.count)
        bytes += part
    }

    mutating func write(_ scalar: Unicode.Scalar) throws(GoFunctionError) {
        try write(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    mutating func write(_ byte: UInt8, count: Int) throws(GoFunctionError) {
        try budget.spend(bytes: count)
        bytes += repeatElement(byte, count: count)
    }

    /// Makes a text.
    ///
    /// - Parameters:
    ///   - budget: What the text is taken from, be it finished or not.
    ///   - body: Writes it.
    static func text(
        within budget: inout GoBudget,
        _ body: (inout GoWriter) throws(GoFunctionError) -> Void
    ) throws(GoFunctionError) -> String {
        var writer = GoWriter(budget)
        defer { budget = writer.budget }
        try body(&writer)
        return writer.text
    }
}

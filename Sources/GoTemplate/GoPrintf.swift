/// A form of `printf` that is being filled in.
///
/// Verbs take the values in order; `%[2]d` takes the second and goes on with the third. What is
/// wrong is written where it stands, as Go does: `%!d(MISSING)`.
struct GoPrintf {
    private let values: ArraySlice<GoValue>
    private var rest: Substring.UnicodeScalarView
    /// The value that is next.
    private var next: Int
    /// Whether a place was named; then values may be left over.
    private var namesPlaces = false
    /// Whether the place that was named last was one.
    private var isPlace = true

    /// Widths and precisions beyond it are refused, as by Go.
    private static let widest = 1_000_000

    static func write(
        _ form: String,
        _ values: ArraySlice<GoValue>,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        var printf = GoPrintf(form, values)
        try printf.run(&writer)
    }

    private init(_ form: String, _ values: ArraySlice<GoValue>) {
        self.values = values
        rest = form[...].unicodeScalars
        next = values.startIndex
    }

    private mutating func run(_ writer: inout GoWriter) throws(GoFunctionError) {
        while let percent = rest.firstIndex(of: "%") {
            try writer.write(String(rest[..<percent]))
            rest = rest[rest.index(after: percent)...]
            // A verb may write nothing at all.
            try writer.budget.spend(steps: 1)
            try writeVerb(&writer)
        }
        try writer.write(String(rest))
        guard next < values.endIndex, !namesPlaces else { return }
        try writer.write("%!(EXTRA ")
        for (index, value) in values[next...].enumerated() {
            if index > 0 { try writer.write(", ") }
            try GoVerb().describe(value, to: &writer)
        }
        try writer.write(")")
    }

    private mutating func writeVerb(_ writer: inout GoWriter) throws(GoFunctionError) {
        var verb = GoVerb()
        isPlace = true
        while let flag = rest.first, verb.take(flag: flag) { rest.removeFirst() }
        var follows = readPlace()
        if takeStar() {
            follows = false
            if let width = takeWhole() {
                verb.width = abs(width)
                if width < 0 { verb.alignLeft() }
            } else {
                try writer.write("%!(BADWIDTH)")
            }
        } else if let width = readNumber() {
            verb.width = width
            if follows { isPlace = false }
        }
        if rest.first == "." {
            rest.removeFirst()
            if follows { isPlace = false }
            follows = readPlace()
            if takeStar() {
                follows = false
                verb.precision = takeWhole().flatMap { $0 < 0 ? nil : $0 }
                if verb.precision == nil { try writer.write("%!(BADPREC)") }
            } else {
                verb.precision = readNumber() ?? 0
            }
        }
        if !follows { _ = readPlace() }
        guard let letter = rest.popFirst() else { return try writer.write("%!(NOVERB)") }
        verb.letter = letter
        if letter == "%" {
            try writer.write("%")
        } else if !isPlace {
            try writer.write("%!\(letter)(BADINDEX)")
        } else if next >= values.endIndex {
            try writer.write("%!\(letter)(MISSING)")
        } else {
            next += 1
            try verb.write(values[next - 1], to: &writer)
        }
    }

    // MARK: Parts of a verb

    /// Reads `[2]`, where there is one.
    ///
    /// - Returns: Whether it was in order.
    private mutating func readPlace() -> Bool {
        guard rest.first == "[" else { return false }
        namesPlaces = true
        rest.removeFirst()
        guard let end = rest.firstIndex(of: "]") else {
            isPlace = false
            return false
        }
        var inner = rest[..<end]
        rest = rest[rest.index(after: end)...]
        let place = Self.number(&inner)
        guard let place, place > 0, inner.isEmpty else {
            isPlace = false
            return false
        }
        if place <= values.count {
            next = values.startIndex + place - 1
        } else {
            isPlace = false
        }
        return true
    }

    private mutating func takeStar() -> Bool {
        guard rest.first == "*" else { return false }
        rest.removeFirst()
        return true
    }

    /// The next value, when it is a whole number that a width can be.
    private mutating func takeWhole() -> Int? {
        guard next < values.endIndex else { return nil }
        next += 1
        guard case .integer(let value) = values[next - 1].bare,
            value.magnitude <= Self.widest.magnitude
        else { return nil }
        return value
    }

    private mutating func readNumber() -> Int? {
        var inner = rest
        defer { rest = inner }
        return Self.number(&inner)
    }

    /// Reads digits; of a number that is too large nothing is left but its place.
    private static func number(_ text: inout Substring.UnicodeScalarView) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty else { return nil }
        text = text[digits.endIndex...]
        guard let number = Int(String(digits)), number <= widest else {
            text = text[text.endIndex...]
            return nil
        }
        return number
    }
}

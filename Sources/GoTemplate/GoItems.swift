/// What `range` goes through: keys and values, one after the other and none before it is its turn.
enum GoItems: IteratorProtocol {
    case list(ArraySlice<GoValue>, next: Int)
    case entries(ArraySlice<(key: GoKey, value: GoValue)>)
    case numbers(Range<Int>)

    /// The items of a value; nil when it has none to go through.
    init?(_ value: GoValue) {
        switch value.bare {
        case .list(let items): self = .list(items, next: 0)
        case .map(let entries): self = .entries(entries.sorted { $0.key < $1.key }[...])
        case .integer(let count): self = .numbers(0..<max(count, 0))
        case .none: self = .numbers(0..<0)
        default: return nil
        }
    }

    mutating func next() -> (key: GoValue, value: GoValue)? {
        switch self {
        case .list(let items, let next):
            guard next < items.count else { return nil }
            self = .list(items, next: next + 1)
            return (.integer(next), items[items.startIndex + next])
        case .entries(let entries):
            guard let entry = entries.first else { return nil }
            self = .entries(entries.dropFirst())
            return (.string(entry.key.text), entry.value)
        case .numbers(let numbers):
            guard let number = numbers.first else { return nil }
            self = .numbers(numbers.dropFirst())
            return (.integer(number), .integer(number))
        }
    }
}

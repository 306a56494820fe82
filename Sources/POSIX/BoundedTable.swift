/// Values by key, so many at most: with one more, all that were there are forgotten.
///
/// For what can be made again and hardly ever comes to be too much. An order of what was used last
/// would cost something at every look.
package struct BoundedTable<Key: Hashable, Value> {
    private var values: [Key: Value] = [:]
    private let limit: Int

    /// Creates an empty table.
    ///
    /// - Parameter limit: Values that are kept at most, at least 1.
    package init(limit: Int) {
        precondition(limit > 0, "a table has room")
        self.limit = limit
    }

    /// How many values there are.
    package var count: Int { values.count }

    /// The value of a key.
    package subscript(key: Key) -> Value? {
        get { values[key] }
        set {
            if newValue != nil, values.count >= limit, values[key] == nil { values.removeAll() }
            values[key] = newValue
        }
    }
}

extension BoundedTable: Sendable where Key: Sendable, Value: Sendable {}

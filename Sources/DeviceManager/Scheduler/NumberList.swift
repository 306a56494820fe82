/// A few small numbers in place: the models of a ticket, or their devices.
///
/// Unlike an array it is copied without counting references, which decisions would do all the time.
struct NumberList: RandomAccessCollection, Sendable {
    /// Most numbers that it holds.
    static let capacity = 16

    private var numbers = InlineArray<16, Int16>(repeating: 0)
    private var filled: Int16 = 0

    var count: Int { Int(filled) }

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    subscript(index: Int) -> Int { Int(numbers[index]) }

    /// Adds a number at the end.
    ///
    /// - Precondition: There is room.
    mutating func append(_ number: Int) {
        precondition(count < Self.capacity, "a list of numbers has room")
        numbers[count] = Int16(number)
        filled += 1
    }
}

/// Elements by small numbers; the number of a removed element is used again.
///
/// Tickets, queues and keys come and go many thousand times a second; by number they are found
/// without hashing and moved without counting references.
struct Slab<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var free: [Int] = []

    /// Elements that live.
    var count: Int { elements.count - free.count }

    /// Keeps an element.
    ///
    /// - Returns: Its number.
    mutating func insert(_ element: Element) -> Int {
        if let number = free.popLast() {
            elements[number] = element
            return number
        }
        elements.append(element)
        return elements.count - 1
    }

    /// Lets go of an element; its number may be another's at once.
    mutating func remove(_ number: Int) {
        free.append(number)
    }

    subscript(number: Int) -> Element {
        _read { yield elements[number] }
        _modify { yield &elements[number] }
    }

    /// All elements, removed ones too.
    var all: [Element] { elements }

    /// Whether a number was ever given out.
    func holds(_ number: Int) -> Bool { number >= 0 && number < elements.count }
}

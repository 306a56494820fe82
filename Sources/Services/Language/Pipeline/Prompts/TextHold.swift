/// Keeps back the end of a stream of text while it could be the beginning of a text looked for.
struct TextHold: Sendable {
    private let search: TextSearch
    private var held: [UInt8] = []

    /// - Parameter texts: What is looked for; empty ones do not count.
    init(_ texts: [String]) {
        search = TextSearch(texts)
    }

    /// Takes more text.
    ///
    /// - Returns: What comes before the first of the texts, and which one that is; nil while none
    ///   is there: then what can be no part of one.
    mutating func add(_ text: String) -> (before: String, found: String?) {
        held += text.utf8
        return look(isWhole: false)
    }

    /// Looks at what is kept back once nothing more will come, and lets go of it.
    mutating func finish() -> (before: String, found: String?) {
        look(isWhole: true)
    }

    private mutating func look(isWhole: Bool) -> (before: String, found: String?) {
        switch search.first(in: held, from: 0, isWhole: isWhole) {
        case .found(let range, let found):
            let before = String(decoding: held[..<range.lowerBound], as: UTF8.self)
            held.removeFirst(range.upperBound)
            return (before, found)
        case .pending(let place):
            let before = String(decoding: held[..<place], as: UTF8.self)
            held.removeFirst(place)
            return (before, nil)
        }
    }

    /// Lets go of everything.
    mutating func takeAll() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }
}

/// A part of a text that has pictures in it.
package enum PromptPiece: Sendable, Hashable {
    case text(String)
    /// One of the pictures, counted from 0.
    case picture(Int)

    /// A message's text and its pictures, each where it stands.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - pictures: How many pictures.
    ///   - places: Bytes of the text before each picture, ascending; those that lack stand in front.
    /// - Returns: The pieces in order; no text among them is empty.
    static func list(_ text: String, pictures: Int, at places: [Int]) -> [PromptPiece] {
        var pieces: [PromptPiece] = []
        var rest = text.utf8[...]
        var taken = 0
        func add(_ piece: Substring.UTF8View) {
            // Texts that pictures part come with a line's end between them.
            let words = taken > 0 && piece.first == UInt8(ascii: "\n") ? piece.dropFirst() : piece
            guard !words.isEmpty else { return }
            pieces.append(.text(String(decoding: words, as: UTF8.self)))
        }
        for number in 0..<pictures {
            let place = number < places.count ? places[number] : 0
            add(rest.prefix(max(0, place - taken)))
            rest = rest.dropFirst(max(0, place - taken))
            taken = max(taken, place)
            pieces.append(.picture(number))
        }
        add(rest)
        return pieces
    }
}

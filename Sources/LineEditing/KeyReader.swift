internal import Glibc

/// Turns the bytes of a terminal into characters for the editor.
///
/// DESIGN. What is pasted comes between marks that the terminal sends when it was asked to
/// (`ESC [ 200 ~`, `ESC [ 201 ~`). Inside, ends of lines and tabs are handed over as quoted
/// characters, so that a text of several lines becomes one line of the editor and is not sent line by
/// line.
///
/// outside → (opening mark) → pasting → (closing mark) → outside
struct KeyReader {
    /// What quotes the next character for the editor: Ctrl-V.
    private static let quote: UInt32 = 0x16
    private static let openingMark = Array("\u{1B}[200~".utf8)
    private static let closingMark = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    private var ready: [UInt32] = []
    private var isPasting = false
    /// Whether the last byte of a paste was a CR, whose LF is left out.
    private var followsReturn = false

    /// Whether everything that came has been handed over.
    var isEmpty: Bool { bytes.isEmpty && ready.isEmpty }

    /// Takes bytes in as they come.
    mutating func take(_ more: some Sequence<UInt8>) { bytes += more }

    /// The next character; nil when more bytes are needed.
    ///
    /// - Parameter isAtEnd: Whether no byte follows soon, so that the start of a mark is what it
    ///   looks like: the Escape key.
    mutating func next(isAtEnd: Bool) -> UInt32? {
        while ready.isEmpty {
            guard let first = bytes.first else { return nil }
            if first == 0x1B {
                let mark = isPasting ? Self.closingMark : Self.openingMark
                if bytes.starts(with: mark) {
                    bytes.removeFirst(mark.count)
                    isPasting.toggle()
                    followsReturn = false
                    continue
                }
                if mark.starts(with: bytes), !isAtEnd { return nil }
            }
            guard let length = Self.length(first), bytes.count >= length else {
                if Self.length(first) != nil, !isAtEnd { return nil }
                // No UTF-8: handed over as the mark for that.
                bytes.removeFirst()
                ready.append(0xFFFD)
                continue
            }
            let text = String(decoding: bytes.prefix(length), as: UTF8.self)
            bytes.removeFirst(length)
            for scalar in text.unicodeScalars { hand(scalar.value) }
        }
        return ready.removeFirst()
    }

    private mutating func hand(_ scalar: UInt32) {
        guard isPasting else { return ready.append(scalar) }
        defer { followsReturn = scalar == 0x0D }
        if scalar == 0x0A, followsReturn { return }
        let isControl = scalar < 0x20 || scalar == 0x7F
        guard isControl else { return ready.append(scalar) }
        switch scalar {
        case 0x0A, 0x0D: ready += [Self.quote, 0x0A]
        case 0x09: ready += [0x20, 0x20, 0x20, 0x20]
        // Other controls have no business in a text.
        default: break
        }
    }

    /// The bytes of the character that a byte begins; nil when it begins none.
    private static func length(_ first: UInt8) -> Int? {
        switch first {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: nil
        }
    }
}

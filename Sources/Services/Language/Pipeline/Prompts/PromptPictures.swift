package import JSON

/// The pictures of a prompt whose text is made here, each with a mark where it stands.
///
/// A template takes a mark for a word of the message: letters and digits, which no function of
/// templates changes, with a secret in them, so that nobody else can write one. The engine has a marker of its
/// own, which is put in the marks' place when the engine is known; where a text has that marker in
/// it, it is broken. So there are always as many markers as pictures.
package struct PromptPictures: Sendable {
    /// In base64.
    private let pictures: [JSONText]
    /// What a mark begins with; the picture's number and `end` follow.
    private let start: String
    private static let end = UInt8(ascii: "x")

    /// Marks the places of pictures in messages.
    ///
    /// They stand where the message has their places. Otherwise `[img]` in its text is the place of
    /// its next picture, and `[img-2]` that of the third picture of all, where that is one of its own;
    /// what has no such place stands in front of the text.
    ///
    /// - Parameter messages: The conversation; texts of messages with pictures get the marks.
    /// - Returns: Nil where there are no pictures.
    package init?(marking messages: inout [ChatRequest.Message]) {
        pictures = messages.flatMap(\.images)
        guard !pictures.isEmpty else { return nil }
        let secret = (0..<2).map { _ in String(UInt64.random(in: 0...UInt64.max), radix: 36) }
        start = "img\(secret.joined())n"
        var next = 0
        for index in messages.indices where !messages[index].images.isEmpty {
            let entry = messages[index]
            let numbers = next..<(next + entry.images.count)
            let text = entry.message.content
            messages[index].message.content =
                entry.places.isEmpty
                ? marked(text, numbers) : marked(text, numbers, at: entry.places)
            next = numbers.upperBound
        }
    }

    private func mark(_ number: Int) -> String {
        "\(start)\(number)\(Character(Unicode.Scalar(Self.end)))"
    }

    private func marked(_ text: String, _ numbers: Range<Int>, at places: [Int]) -> String {
        PromptPiece.list(text, pictures: numbers.count, at: places).map { piece in
            switch piece {
            case .text(let text): text
            case .picture(let index): mark(numbers.lowerBound + index)
            }
        }.joined()
    }

    /// A text with marks at the places that it names, and the other pictures' in front.
    private func marked(_ text: String, _ numbers: Range<Int>) -> String {
        let bytes = Array(text.utf8)
        var waits = numbers.map { _ in true }
        var next = numbers.lowerBound
        var result: [UInt8] = []
        var copied = 0
        for found in TextSearch(["[img"]).all(in: bytes) {
            while next < numbers.upperBound, !waits[next - numbers.lowerBound] { next += 1 }
            guard next < numbers.upperBound else { break }
            var (number, end) = (next, found.upperBound)
            if end < bytes.count, bytes[end] == UInt8(ascii: "-") {
                guard let named = Self.number(in: bytes, from: end + 1) else { continue }
                (number, end) = (named.value, named.end)
            }
            guard end < bytes.count, bytes[end] == UInt8(ascii: "]"), numbers.contains(number),
                waits[number - numbers.lowerBound]
            else { continue }
            waits[number - numbers.lowerBound] = false
            result += bytes[copied..<found.lowerBound] + Array(mark(number).utf8)
            copied = end + 1
        }
        let first = numbers.filter { waits[$0 - numbers.lowerBound] }.map(mark).joined()
        return first + String(decoding: result + bytes[copied...], as: UTF8.self)
    }

    /// A number in decimal digits, and where it ends.
    private static func number(in bytes: [UInt8], from start: Int) -> (value: Int, end: Int)? {
        let digits = bytes[min(start, bytes.count)...].prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return Int(String(decoding: digits, as: UTF8.self)).map { ($0, digits.endIndex) }
    }

    // MARK: Prompts

    /// The texts and pictures of a prompt, by its marks.
    ///
    /// - Parameter prompt: What was made of the messages.
    /// - Returns: The pieces in order; no text among them is empty.
    package func pieces(of prompt: String) -> [PromptPiece] {
        let bytes = Array(prompt.utf8)
        var pieces: [PromptPiece] = []
        var copied = 0
        func add(upTo end: Int) {
            guard copied < end else { return }
            pieces.append(.text(String(decoding: bytes[copied..<end], as: UTF8.self)))
        }
        for found in TextSearch([start]).all(in: bytes) {
            guard let (number, end) = Self.number(in: bytes, from: found.upperBound),
                end < bytes.count, bytes[end] == Self.end, pictures.indices.contains(number)
            else { continue }
            add(upTo: found.lowerBound)
            pieces.append(.picture(number))
            copied = end + 1
        }
        add(upTo: bytes.count)
        return pieces
    }

    /// A picture, in base64.
    ///
    /// - Parameter number: Its number, as `pieces` tells it.
    package func picture(_ number: Int) -> JSONText { pictures[number] }

    /// Whether a prompt has all pictures of messages.
    ///
    /// - Parameters:
    ///   - prompt: What a template made of the messages.
    ///   - messages: Those, with their marks.
    package func areAll(in prompt: String, of messages: [ChatMessage]) -> Bool {
        let shown = Set(pieces(of: prompt))
        return messages.allSatisfy { message in
            message.images == 0
                || pieces(of: message.content).allSatisfy { piece in
                    if case .picture = piece { shown.contains(piece) } else { true }
                }
        }
    }

    /// A prompt as the engine takes it, with its pictures in the order of their places.
    ///
    /// - Parameters:
    ///   - prompt: What was made of the messages.
    ///   - marker: What stands for a picture in the engine.
    /// - Returns: As many markers as pictures, in base64.
    package func filled(
        _ prompt: String,
        with marker: String
    ) -> (text: String, pictures: [JSONText]) {
        var result = ""
        var shown: [JSONText] = []
        for piece in pieces(of: prompt) {
            switch piece {
            case .text(let text): result += Self.breaking(marker, in: text)
            case .picture(let number):
                result += marker
                shown.append(pictures[number])
            }
        }
        return (result, shown)
    }

    /// A text in which a marker is none any more: a space stands behind its first character.
    private static func breaking(_ marker: String, in text: String) -> String {
        let bytes = Array(text.utf8)
        let first = marker.unicodeScalars.first.map { UTF8.width($0) } ?? 0
        var result: [UInt8] = []
        var copied = 0
        for found in TextSearch([marker]).all(in: bytes) {
            result += bytes[copied..<(found.lowerBound + first)] + [UInt8(ascii: " ")]
            copied = found.lowerBound + first
        }
        return copied == 0 ? text : String(decoding: result + bytes[copied...], as: UTF8.self)
    }

    // MARK: For people

    /// A prompt with `[img-0]`, `[img-1]` and so on where pictures are, and how many there are.
    ///
    /// - Parameter prompt: What was made of the messages.
    package func shown(_ prompt: String) -> (text: String, pictures: Int) {
        var count = 0
        let text = pieces(of: prompt).map { piece in
            guard case .text(let text) = piece else {
                count += 1
                return Self.sign(count - 1)
            }
            return text
        }.joined()
        return (text, count)
    }

    /// The same of a prompt that the engine made; its marker is nobody's to know.
    ///
    /// - Parameters:
    ///   - prompt: The prompt.
    ///   - marker: What stands for a picture in the engine.
    package static func shown(
        _ prompt: String,
        marker: String
    ) -> (text: String, pictures: Int) {
        let bytes = Array(prompt.utf8)
        var result: [UInt8] = []
        var (copied, count) = (0, 0)
        for found in TextSearch([marker]).all(in: bytes) where found.lowerBound >= copied {
            result += bytes[copied..<found.lowerBound] + Array(sign(count).utf8)
            copied = found.upperBound
            count += 1
        }
        return (String(decoding: result + bytes[copied...], as: UTF8.self), count)
    }

    private static func sign(_ number: Int) -> String { "[img-\(number)]" }
}

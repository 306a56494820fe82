/// Texts: runs without escapes go over in one piece.
extension JSONReader {
    /// Reads a text that is a value, and leaves it in place where that pays and can be.
    mutating func readString() throws(JSONError) -> JSONValue {
        let start = position
        position += 1
        let run = takeRun()
        if let document, run.isASCII, run.range.count >= JSONText.shortest,
            take(UInt8(ascii: "\""))
        {
            return .text(JSONText(run.range, of: document))
        }
        return .string(try readText(beginning: run, at: start))
    }

    mutating func readName() throws(JSONError) -> String {
        let start = position
        position += 1
        return try readText(beginning: takeRun(), at: start)
    }

    /// Takes a text that has no escapes, and says where its characters are.
    mutating func takePlainText() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let run = takeRun()
        return take(UInt8(ascii: "\"")) ? run.range : nil
    }

    /// Goes on after the first run of a text, which is mostly all of it.
    private mutating func readText(
        beginning run: Run,
        at start: Int
    ) throws(JSONError) -> String {
        if take(UInt8(ascii: "\"")) { return try text(of: run.range, at: start) }
        var unescaped: [UInt8] = []
        unsafe unescaped.append(contentsOf: bytes[run.range])
        while !take(UInt8(ascii: "\"")) {
            guard let byte = peek() else { throw error("the text has no end", at: start) }
            guard byte == UInt8(ascii: "\\") else {
                throw error("a control character must be escaped")
            }
            try readEscape(into: &unescaped)
            let next = takeRun()
            unsafe unescaped.append(contentsOf: bytes[next.range])
        }
        return try text(unescaped.span, at: start)
    }

    private func text(of run: Range<Int>, at start: Int) throws(JSONError) -> String {
        let raw = unsafe UnsafeRawBufferPointer(rebasing: bytes[run])
        return unsafe try text(raw.bindMemory(to: UInt8.self).span, at: start)
    }

    /// A third of the time of `String(validating:as:)`, which looks its types up at run time.
    private func text(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> String {
        guard let text = try? UTF8Span(validating: bytes) else {
            throw error("the text is not UTF-8", at: start)
        }
        return String(copying: text)
    }

    /// Takes everything up to a quotation mark, a backslash, a control character or the end.
    private mutating func takeRun() -> Run {
        let start = position
        var all: UInt64 = 0
        // Eight words without a branch between them, which the compiler makes into wider ones.
        while count - position >= 8 * Word.size {
            var ends: UInt64 = 0
            var block: UInt64 = 0
            for index in 0..<8 {
                let word = unsafe bytes.loadUnaligned(
                    fromByteOffset: position + index * Word.size,
                    as: UInt64.self
                )
                ends |= Word.ends(word)
                block |= word
            }
            guard ends == 0 else { break }
            all |= block
            position += 8 * Word.size
        }
        while position < count, unsafe !Self.endsRun(bytes[position]) {
            all |= unsafe UInt64(bytes[position])
            position += 1
        }
        return Run(range: start..<position, isASCII: all & Word.highest == 0)
    }

    private static func endsRun(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let byte = peek() else { throw error("the text has no end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try readScalar(at: start)
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw error("there is no such escape", at: start)
        }
    }

    /// Reads what follows `\u`, with the second half of a pair where there is one.
    private mutating func readScalar(at start: Int) throws(JSONError) -> Unicode.Scalar {
        var number = try readHexadecimal(at: start)
        if number & 0xFC00 == 0xD800, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try readHexadecimal(at: start)
            // Anything but a second half leaves a number that is no scalar.
            if low & 0xFC00 == 0xDC00 { number = 0x10000 + (number & 0x3FF) << 10 + low & 0x3FF }
        }
        guard let scalar = Unicode.Scalar(number) else {
            throw error("half a surrogate pair stands for nothing", at: start)
        }
        return scalar
    }

    private mutating func readHexadecimal(at start: Int) throws(JSONError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw error("four hexadecimal digits are expected", at: start)
            }
            number = number << 4 | UInt32(digit)
            position += 1
        }
        return number
    }
}

/// Bytes of a text with no escape among them.
private struct Run {
    let range: Range<Int>
    let isASCII: Bool
}

/// Eight bytes that are looked at together, by arithmetic that every machine has.
private enum Word {
    static let size = 8
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highest: UInt64 = 0x8080_8080_8080_8080

    /// The highest bit of some byte is set when and only when one of the bytes ends a run.
    static func ends(_ word: UInt64) -> UInt64 {
        let control = (word &- ones &* 0x20) & ~word
        let quote = zeros(word ^ ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = zeros(word ^ ones &* UInt64(UInt8(ascii: "\\")))
        return (control | quote | backslash) & highest
    }

    /// Sets the highest bit of a byte that is zero, and perhaps of bytes above it.
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
}

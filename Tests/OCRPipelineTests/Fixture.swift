import Glibc

/// Reads files below `Fixtures`, which `Scripts/make-ocr-fixtures` writes.
struct Fixture {
    struct Missing: Error {
        let path: String
    }

    let bytes: [UInt8]

    init(_ name: String, file: String = #filePath) throws {
        var path = file
        while let last = path.popLast(), last != "/" {}
        path += "/Fixtures/" + name
        guard let stream = fopen(path, "r") else { throw Missing(path: path) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&block, 1, block.count, stream)
            if count == 0 { break }
            bytes += block[..<count]
        }
        self.bytes = bytes
    }

    /// The lines, the last one without its line feed.
    var lines: [String] {
        var pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        return pieces.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The numbers of each line, before and after its bar.
    var rows: [(left: [Double], right: [Double])] {
        lines.map { line in
            let halves = line.split(separator: "|", maxSplits: 1)
            return (Fixture.numbers(halves[0]), halves.count > 1 ? Fixture.numbers(halves[1]) : [])
        }
    }

    /// A binary grey picture as values from 0 to 1.
    var picture: (width: Int, height: Int, values: [Float]) {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3)
        let size = Fixture.numbers(Substring(decoding: parts[1], as: UTF8.self))
        let count = Int(size[0] * size[1])
        return (Int(size[0]), Int(size[1]), bytes.suffix(count).map { Float($0) / 255 })
    }

    static func numbers(_ text: Substring) -> [Double] {
        text.split(separator: " ").compactMap { Double($0) }
    }
}

/// Walks through what a GGUF file says before its weights.
///
/// DESIGN. Magic and version, the number of tensors, the number of entries, then the entries: a
/// key, a type, a value; then the tensors' descriptions. Everything is little-endian. Unless whole
/// lists are asked for, those of more than `longestList` elements, of texts or of lists are stepped
/// over: those whose elements have one size without reading them, the others piece by piece. Whole
/// lists are kept as long as all of them have no more than `mostElements` together.
final class GGUFReader {
    /// How every file begins.
    static let magic = Array("GGUF".utf8)
    /// Most entries; chosen, files have 20 to 100.
    static let mostEntries = 1 << 10
    /// Most bytes of a key, by the format's description.
    static let longestKey = 65_535
    /// Most bytes of a text: 1 MiB; chosen, chat templates have up to 100 KiB.
    static let longestText = 1 << 20
    /// Most elements of a list that is kept; chosen, no model has so many layers.
    static let longestList = 512
    /// Most elements of all lists of a file where whole lists are kept; chosen, a vocabulary of
    /// 262,144 entries with its merges has 1.3 million.
    static let mostElements = 1 << 22
    /// Most tensors; chosen, models with an expert's weights apart have some ten thousand.
    static let mostTensors = 1 << 17
    /// Most bytes of a tensor's name; chosen, ggml's own limit is 64.
    static let longestName = 1 << 10
    /// Most dimensions of a tensor, by ggml.
    static let mostDimensions = 4
    /// How often lists may lie inside each other; chosen, none do so far.
    static let deepestList = 4
    /// The fewest bytes of a tensor's description: lengths of name and shape, type, offset.
    private static let smallestTensor = 24
    /// The fewest bytes of an entry: an empty key's length, a type, a value of one byte.
    private static let smallestEntry = 13

    private let reader: HeaderReader
    private let keepsLists: Bool
    /// How many elements of lists may still be kept.
    private var room: Int

    /// Reads with a reader that stands at the start of the file.
    init(_ reader: HeaderReader, keepsLists: Bool = false, mostElements: Int = mostElements) {
        self.reader = reader
        self.keepsLists = keepsLists
        room = mostElements
    }

    /// Reads from the start of the file to the end of the entries.
    func header() throws(HeaderError) -> GGUFHeader {
        let start = reader.remaining < 4 ? [] : try reader.bytes(4)
        guard start == Self.magic else {
            throw HeaderError(.foreign(format: "GGUF"), at: 0)
        }
        let version = try version()
        let tensors = try count("tensors", each: Self.smallestTensor)
        let entryCount = try count("entries", most: Self.mostEntries, each: Self.smallestEntry)
        var entries: [String: GGUFHeader.Entry] = [:]
        for _ in 0..<entryCount {
            let offset = reader.position
            let key = try text("bytes of a key", most: Self.longestKey)
            let type = try type()
            let entry = try entry(type)
            guard entries.updateValue(entry, forKey: key) == nil else {
                throw HeaderError(.invalid("a second '\(key)'"), at: offset)
            }
        }
        return GGUFHeader(
            version: version,
            tensorCount: tensors,
            entries: entries,
            end: reader.position
        )
    }

    /// Reads the tensors' descriptions; the header was read before.
    ///
    /// What they say is not compared with the file's length: whoever computes with a model does.
    func tensors(of header: GGUFHeader) throws(HeaderError) -> [GGUFTensor] {
        guard header.tensorCount <= Self.mostTensors else {
            let count = UInt64(header.tensorCount)
            let problem = HeaderError.Problem.tooMany(
                what: "tensors",
                count: count,
                most: Self.mostTensors
            )
            throw HeaderError(problem, at: 8)
        }
        var tensors: [GGUFTensor] = []
        tensors.reserveCapacity(header.tensorCount)
        for _ in 0..<header.tensorCount { tensors.append(try tensor()) }
        return tensors
    }

    private func tensor() throws(HeaderError) -> GGUFTensor {
        let name = try text("bytes of a tensor's name", most: Self.longestName)
        let offset = reader.position
        let dimensions = try reader.littleEndian(4)
        guard dimensions <= Self.mostDimensions else {
            let most = Self.mostDimensions
            let problem = HeaderError.Problem.tooMany(
                what: "dimensions",
                count: dimensions,
                most: most
            )
            throw HeaderError(problem, at: offset)
        }
        var shape: [Int] = []
        var elements = 1
        for _ in 0..<dimensions {
            let length = try reader.littleEndian(8)
            guard let length = Int(exactly: length) else {
                throw HeaderError(.invalid("a tensor of this shape"), at: offset)
            }
            let (product, overflowed) = elements.multipliedReportingOverflow(by: length)
            guard !overflowed else {
                throw HeaderError(.invalid("a tensor of this shape"), at: offset)
            }
            elements = product
            shape.append(length)
        }
        let type = GGUFTensorType(rawValue: UInt32(truncatingIfNeeded: try reader.littleEndian(4)))
        // Where its weights lie.
        try reader.skip(8)
        return GGUFTensor(name: name, shape: shape, type: type, elements: elements)
    }

    /// The version; 1 had lengths of four bytes and is not written any more.
    private func version() throws(HeaderError) -> Int {
        let offset = reader.position
        let version = try reader.littleEndian(4)
        switch version {
        case 2, 3: return Int(version)
        // The file does not say its byte order; a version as large as this does.
        case 1 << 24, 2 << 24, 3 << 24: throw HeaderError(.bigEndian, at: offset)
        default: throw HeaderError(.unsupportedVersion(version), at: offset)
        }
    }

    private func type() throws(HeaderError) -> GGUFType {
        let offset = reader.position
        let number = try reader.littleEndian(4)
        guard let type = GGUFType(rawValue: number) else {
            throw HeaderError(.invalid("a value of type \(number)"), at: offset)
        }
        return type
    }

    /// A number of things, after making sure that the file has room for them.
    private func count(
        _ what: String,
        most: Int = .max,
        each smallest: Int
    ) throws(HeaderError) -> Int {
        let offset = reader.position
        let number = try reader.littleEndian(8)
        guard let count = Int(exactly: number), count <= most else {
            throw HeaderError(.tooMany(what: what, count: number, most: most), at: offset)
        }
        guard count <= reader.remaining / smallest else {
            throw HeaderError(.endsEarly, at: offset)
        }
        return count
    }

    private func text(_ what: String, most: Int) throws(HeaderError) -> String {
        let count = try count(what, most: most, each: 1)
        return String(decoding: try reader.bytes(count), as: UTF8.self)
    }

    private func entry(_ type: GGUFType) throws(HeaderError) -> GGUFHeader.Entry {
        let offset = reader.position
        guard type == .array else {
            return GGUFHeader.Entry(offset: offset, value: try value(type), elements: nil)
        }
        let (list, elements) = try array(depth: 1)
        return GGUFHeader.Entry(offset: offset, value: list, elements: elements)
    }

    private func value(_ type: GGUFType) throws(HeaderError) -> GGUFValue {
        if type == .text { return .text(try text("bytes of a text", most: Self.longestText)) }
        guard let size = type.size else { return try array(depth: 1).list }
        let offset = reader.position
        let bits = try reader.littleEndian(size)
        guard let value = type.value(bits) else {
            throw HeaderError(.invalid("a truth value of \(bits)"), at: offset)
        }
        return value
    }

    /// A list and what its elements are.
    private func array(depth: Int) throws(HeaderError) -> (list: GGUFValue, elements: GGUFType) {
        let element = try type()
        let count = try count("elements", each: element.smallest)
        let isShort = element.size != nil && count <= Self.longestList
        guard isShort || (keepsLists && count <= room) else {
            try skip(count, of: element, depth: depth)
            return (.array(count: count), element)
        }
        if !isShort { room -= count }
        var list: [GGUFValue] = []
        list.reserveCapacity(count)
        for _ in 0..<count {
            guard element == .array else {
                list.append(try value(element))
                continue
            }
            guard depth < Self.deepestList else { throw reader.error(.tooDeep) }
            list.append(try array(depth: depth + 1).list)
        }
        return (.list(list), element)
    }

    /// Steps over a list's elements; `count` of them fit into the file.
    private func skip(
        _ count: Int,
        of element: GGUFType,
        depth: Int
    ) throws(HeaderError) {
        if let size = element.size { return try reader.skip(count * size) }
        for _ in 0..<count {
            if element == .text {
                let length = try self.count("bytes of a text", most: Self.longestText, each: 1)
                try reader.skip(length)
            } else {
                guard depth < Self.deepestList else { throw reader.error(.tooDeep) }
                let inner = try type()
                let innerCount = try self.count("elements", each: inner.smallest)
                try skip(innerCount, of: inner, depth: depth + 1)
            }
        }
    }
}

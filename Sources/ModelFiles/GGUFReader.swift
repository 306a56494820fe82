/// Walks through the metadata of a GGUF file.
///
/// DESIGN. Magic and version, the number of tensors, the number of entries, then the entries: a
/// key, a type, a value. Texts and lists begin with their length. Everything is little-endian.
/// Lists of more than `longestList` elements, of texts or of lists are stepped over: those whose
/// elements have one size without reading them, the others piece by piece. What follows the entries
/// (the tensors' descriptions, the weights) is not looked at: an estimate takes the weights from
/// the file's size.
struct GGUFReader {
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
    /// How often lists may lie inside each other; chosen, none do so far.
    static let deepestList = 4
    /// The fewest bytes of a tensor's description: lengths of name and shape, type, offset.
    private static let smallestTensor = 24
    /// The fewest bytes of an entry: an empty key's length, a type, a value of one byte.
    private static let smallestEntry = 13

    private let reader: HeaderReader

    init(_ reader: HeaderReader) {
        self.reader = reader
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
            let entry = GGUFHeader.Entry(offset: reader.position, value: try value(type))
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

    private func value(_ type: GGUFType) throws(HeaderError) -> GGUFValue {
        if type == .text { return .text(try text("bytes of a text", most: Self.longestText)) }
        guard let size = type.size else { return try array() }
        let offset = reader.position
        let bits = try reader.littleEndian(size)
        guard let value = type.value(bits) else {
            throw HeaderError(.invalid("a truth value of \(bits)"), at: offset)
        }
        return value
    }

    private func array() throws(HeaderError) -> GGUFValue {
        let element = try type()
        let count = try count("elements", each: element.smallest)
        if let size = element.size, count > Self.longestList {
            try reader.skip(count * size)
            return .array(count: count)
        }
        guard element.size != nil else {
            try skip(count, of: element, depth: 1)
            return .array(count: count)
        }
        var list: [GGUFValue] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try value(element)) }
        return .list(list)
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

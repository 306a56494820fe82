/// Walks through the description in a HEF file.
///
/// DESIGN. The file is a head of big-endian numbers, the description as one Protocol Buffers
/// message, the weights, and files of the compiler's. The description's messages and the numbers of
/// their fields are those of HailoRT's `hef.proto`. A KV cache shows only deep inside: as the
/// connection type of an edge layer. `Place` is the map of the ways that lead there; what it does
/// not name is stepped over, above all the instructions, which are most of the description.
struct HEFReader {
    /// How every file begins.
    static let magic: [UInt8] = [0x01, 0x48, 0x45, 0x46]
    /// Most network groups; chosen, a chip takes 26.
    static let mostGroups = 64
    /// Most bytes of a name; chosen.
    static let longestName = 4096
    /// How deep messages lie inside each other at most: a group in a part of a group, and a network
    /// in a part of a network.
    static let deepest = 16

    /// A message on the way to a connection type.
    private enum Place {
        case group, partOfGroup, operation, core, partOfCore, context, contextDescription
        case edge, connection

        /// The message that a field holds; nil when it does not lead there.
        func inside(_ field: UInt64) -> Place? {
            switch (self, field) {
            case (.group, 3), (.core, 3): .context
            case (.group, 7): .partOfGroup
            case (.group, 8): .operation
            case (.partOfGroup, 1): .group
            case (.operation, 4), (.partOfCore, 1): .core
            case (.core, 7): .partOfCore
            case (.context, 3): .contextDescription
            case (.contextDescription, 2): .edge
            case (.edge, 5): .connection
            default: nil
            }
        }
    }

    /// The field of a connection that has its type, and the type that stands for a cache.
    private static let cacheConnection: (field: UInt64, type: UInt64) = (3, 3)

    private let reader: HeaderReader

    init(_ reader: HeaderReader) {
        self.reader = reader
    }

    /// Reads from the start of the file to the end of the description.
    func header() throws(HeaderError) -> HEFHeader {
        let start = reader.remaining < 4 ? [] : try reader.bytes(4)
        guard start == Self.magic else {
            throw HeaderError(.foreign(format: "HEF"), at: 0)
        }
        let version = try reader.bigEndian(4)
        let count = Int(try reader.bigEndian(4))
        let lengths = try lengths(version)
        guard count <= reader.remaining - lengths.behind else { throw reader.error(.endsEarly) }
        return try description(count, version: Int(version), weights: lengths.weights)
    }

    /// The rest of the head, which each version has its own way of writing.
    ///
    /// - Returns: Bytes of the weights, if told, and of all that follows the description; no more
    ///   than are left of the file.
    private func lengths(_ version: UInt64) throws(HeaderError) -> (weights: Int?, behind: Int) {
        switch version {
        case 0:
            // Unused bytes and a digest.
            try reader.skip(4 + 16)
            return (nil, 0)
        case 1:
            // A checksum before, unused bytes behind.
            try reader.skip(4)
            let weights = try length(8)
            try reader.skip(4)
            return (weights, try left(weights))
        case 2:
            try reader.skip(8)
            let weights = try length(8)
            try reader.skip(16)
            return (weights, try left(weights))
        case 3:
            try reader.skip(8)
            let padded = try length(8)
            let offset = reader.position
            let padding = try length(4)
            guard padding <= padded else {
                throw HeaderError(.invalid("more padding than weights"), at: offset)
            }
            let others = try length(8)
            // A second checksum and unused bytes.
            try reader.skip(16)
            return (padded - padding, try left(padded + others))
        default:
            throw HeaderError(.unsupportedVersion(version), at: 4)
        }
    }

    /// A length in so many bytes; the file has at least as many.
    private func length(_ count: Int) throws(HeaderError) -> Int {
        let offset = reader.position
        guard let length = Int(exactly: try reader.bigEndian(count)), length <= reader.size else {
            throw HeaderError(.endsEarly, at: offset)
        }
        return length
    }

    private func left(_ count: Int) throws(HeaderError) -> Int {
        try reader.require(count)
        return count
    }

    private func description(
        _ count: Int,
        version: Int,
        weights: Int?
    ) throws(HeaderError) -> HEFHeader {
        var groups: [String] = []
        var hasCaches = false
        // What has the value zero is left out of a message.
        var target: (chip: UInt64, compiler: String?) = (0, nil)
        var fields = try ProtobufFields(reader, count: count)
        while let (field, content) = try fields.field() {
            guard case .bytes(let count) = content else { continue }
            if field == 1 { target = try self.target(count) }
            guard field == 2 else { continue }
            guard groups.count < Self.mostGroups else {
                let most = Self.mostGroups
                let count = UInt64(most) + 1
                throw reader.error(.tooMany(what: "network groups", count: count, most: most))
            }
            groups.append(try group(count, &hasCaches))
        }
        guard !groups.isEmpty else { throw reader.error(.missing("a network group")) }
        return HEFHeader(
            version: version,
            chip: HEFHeader.Chip(number: target.chip),
            compiler: target.compiler,
            groups: groups,
            weightBytes: weights,
            hasCaches: hasCaches
        )
    }

    /// The chip that the file is for, and the compiler's version.
    private func target(_ count: Int) throws(HeaderError) -> (chip: UInt64, compiler: String?) {
        var target: (chip: UInt64, compiler: String?) = (0, nil)
        var fields = try ProtobufFields(reader, count: count)
        while let (field, content) = try fields.field() {
            switch (field, content) {
            case (1, .number(let chip)): target.chip = chip
            case (3, .bytes(let count)): target.compiler = try text(count)
            default: continue
            }
        }
        return target
    }

    /// A network group's name; notes whether a cache is inside.
    private func group(_ count: Int, _ hasCaches: inout Bool) throws(HeaderError) -> String {
        var name: String?
        // Where compilers wrote it before groups had names of their own.
        var formerName: String?
        var fields = try ProtobufFields(reader, count: count)
        while let (field, content) = try fields.field() {
            guard case .bytes(let count) = content else { continue }
            switch field {
            case 10: name = try text(count)
            case 1: formerName = try firstText(count)
            default:
                guard !hasCaches, let place = Place.group.inside(field) else { continue }
                hasCaches = try leadsToCache(place, count, depth: 1)
            }
        }
        return name ?? formerName ?? ""
    }

    /// Whether a message has a cache inside; stops at the first one.
    private func leadsToCache(
        _ place: Place,
        _ count: Int,
        depth: Int
    ) throws(HeaderError) -> Bool {
        guard depth < Self.deepest else { throw reader.error(.tooDeep) }
        var fields = try ProtobufFields(reader, count: count)
        while let (field, content) = try fields.field() {
            switch content {
            case .number(Self.cacheConnection.type):
                if place == .connection, field == Self.cacheConnection.field { return true }
            case .bytes(let count):
                guard let inner = place.inside(field) else { continue }
                if try leadsToCache(inner, count, depth: depth + 1) { return true }
            case .number, .fixed: continue
            }
        }
        return false
    }

    /// The text in field 1 of a message.
    private func firstText(_ count: Int) throws(HeaderError) -> String? {
        var fields = try ProtobufFields(reader, count: count)
        while let (field, content) = try fields.field() {
            if field == 1, case .bytes(let count) = content { return try text(count) }
        }
        return nil
    }

    private func text(_ count: Int) throws(HeaderError) -> String {
        guard count <= Self.longestName else {
            let most = Self.longestName
            throw reader.error(.tooMany(what: "bytes of a name", count: UInt64(count), most: most))
        }
        return String(decoding: try reader.bytes(count), as: UTF8.self)
    }
}

/// Reads one YAML document into nodes, within limits.
///
/// DESIGN. A subset on purpose: one document, scalar keys, no tags, no merge keys, aliases that are
/// counted each time they are used, so that a few lines of anchors cannot unfold into millions of
/// nodes. What leaves the subset is a problem with its line; a syntax error ends the reading, other
/// problems are collected.
struct YAMLDocument {
    /// Most bytes of a file.
    static let maximumSize = 1 << 20
    /// Deepest nesting.
    static let maximumDepth = 32
    /// Most values, counting those behind an alias once for each use.
    static let maximumNodes = 50_000

    /// The top of the document, or nil when the file is empty.
    private(set) var root: ConfigurationNode?
    /// What is wrong, apart from syntax errors, which are thrown.
    private(set) var problems: [(line: Int, key: String, message: String)] = []

    private let events: YAMLEvents
    private var anchors: [String: (node: ConfigurationNode, count: Int)] = [:]
    private var count = 0
    private var path: [String] = []

    init(_ bytes: [UInt8]) throws(YAMLEvents.Failure) {
        guard bytes.count <= Self.maximumSize else {
            throw YAMLEvents.Failure(line: 1, reason: "the file is larger than 1 MiB")
        }
        events = YAMLEvents(bytes)
        do {
            try readStream()
        } catch {
            throw Self.explained(error, bytes)
        }
    }

    /// Adds the usual cause to the parser's words.
    private static func explained(
        _ failure: YAMLEvents.Failure,
        _ bytes: [UInt8]
    ) -> YAMLEvents.Failure {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.indices.contains(failure.line - 1),
            lines[failure.line - 1].prefix(while: { $0 == 32 || $0 == 9 }).contains(9)
        else { return failure }
        let reason = "\(failure.reason) (indent with spaces, not with tabs)"
        return YAMLEvents.Failure(line: failure.line, reason: reason)
    }

    private mutating func readStream() throws(YAMLEvents.Failure) {
        while true {
            let (event, line) = try events.next()
            switch event {
            case .streamEnd: return
            case .documentStart where root != nil:
                throw YAMLEvents.Failure(line: line, reason: "a second document is not accepted")
            case .streamStart, .documentStart, .documentEnd: continue
            default: root = try node(event, line, depth: 0)
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvents.Event,
        _ line: Int,
        depth: Int
    ) throws(YAMLEvents.Failure) -> ConfigurationNode {
        guard depth < Self.maximumDepth else {
            throw YAMLEvents.Failure(line: line, reason: "nested too deeply")
        }
        try charge(1, line)
        let before = count
        switch event {
        case .alias(let name):
            guard let (node, size) = anchors[name] else {
                throw YAMLEvents.Failure(line: line, reason: "the alias '*\(name)' has no anchor")
            }
            try charge(size, line)
            return node
        case .scalar(let text, let isPlain, let properties):
            let content = ConfigurationNode.Content.scalar(text, isPlain: isPlain)
            return keep(content, properties, line, before)
        case .sequenceStart(let properties):
            return keep(.list(try list(depth: depth)), properties, line, before)
        case .mappingStart(let properties):
            return keep(.map(try map(depth: depth)), properties, line, before)
        default:
            throw YAMLEvents.Failure(line: line, reason: "a value is missing")
        }
    }

    private mutating func list(depth: Int) throws(YAMLEvents.Failure) -> [ConfigurationNode] {
        var items: [ConfigurationNode] = []
        while true {
            let (event, line) = try events.next()
            if case .sequenceEnd = event { return items }
            items.append(try node(event, line, depth: depth + 1))
        }
    }

    private mutating func map(
        depth: Int
    ) throws(YAMLEvents.Failure) -> [ConfigurationNode.Entry] {
        var entries: [ConfigurationNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let (event, line) = try events.next()
            if case .mappingEnd = event { return entries }
            let key = try node(event, line, depth: depth + 1)
            path.append(key.text ?? "?")
            defer { path.removeLast() }
            let (next, nextLine) = try events.next()
            let value = try node(next, nextLine, depth: depth + 1)
            guard let name = key.text else {
                report(line, "a key must be a single word, not \(key.kind)")
                continue
            }
            if name == "<<" {
                report(line, "merge keys are not accepted")
            } else if let first = lines[name] {
                report(line, "duplicate key; the first is in line \(first)")
            } else {
                lines[name] = line
                entries.append(ConfigurationNode.Entry(key: name, line: line, value: value))
            }
        }
    }

    private mutating func keep(
        _ content: ConfigurationNode.Content,
        _ properties: YAMLEvents.Properties,
        _ line: Int,
        _ before: Int
    ) -> ConfigurationNode {
        if let tag = properties.tag { report(line, "the tag '\(tag)' is not accepted") }
        let node = ConfigurationNode(line: line, content: content)
        if let anchor = properties.anchor { anchors[anchor] = (node, count - before) }
        return node
    }

    private mutating func report(_ line: Int, _ message: String) {
        problems.append((line, path.joined(separator: "."), message))
    }

    private mutating func charge(_ nodes: Int, _ line: Int) throws(YAMLEvents.Failure) {
        count += nodes
        guard count <= Self.maximumNodes else {
            throw YAMLEvents.Failure(line: line, reason: "more than \(Self.maximumNodes) values")
        }
    }
}

internal import DeviceClient
internal import LanguagePipeline

/// What Ollama's environment variables say, where Baton has what they are about.
///
/// They stand between the defaults and `language.yaml`: a key that the file has goes before its
/// variable. A value that cannot be read, or a variable of something that Baton has not, is told and
/// changes nothing.
struct OllamaVariables: Sendable, Hashable {
    var host: String?
    var port: Int?
    var origins: [String] = []
    var models: String?
    var keepAlive: ResidencySpan?
    var slots: Int?
    var context: Int?
    var cacheType: String?
    var flashAttention: Bool?
    var loadTimeout: Duration?
    var prefersJinja = false
    /// Most requests that may wait or be worked on.
    var queue: Int?
    /// What was said and does not count, as people read it.
    var warnings: [String] = []

    /// Variables that say what Baton does anyway.
    private static let fulfilled: Set = ["OLLAMA_NO_CLOUD", "OLLAMA_NOPRUNE", "OLLAMA_NOHISTORY"]
    /// Variables of Ollama's own command line.
    private static let clients: Set = ["OLLAMA_API_KEY", "OLLAMA_EDITOR"]

    /// Nothing was said.
    init() {}

    /// Reads variables.
    ///
    /// - Parameter environment: Entries as `NAME=value`; others than Ollama's are passed over.
    init(_ environment: [String]) {
        for entry in environment.sorted() where entry.hasPrefix("OLLAMA_") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            // Files of variables often quote their values, and nobody takes that away.
            let value = parts[1].drop(while: Self.isSurplus).reversed().drop(while: Self.isSurplus)
            let text = String(value.reversed())
            if !text.isEmpty { read(String(parts[0]), text) }
        }
    }

    private static func isSurplus(_ character: Character) -> Bool {
        character.isWhitespace || character == "\"" || character == "'"
    }

    private mutating func read(_ name: String, _ value: String) {
        switch name {
        case "OLLAMA_HOST": readHost(value)
        case "OLLAMA_ORIGINS":
            origins = value.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        case "OLLAMA_MODELS": models = value
        case "OLLAMA_KEEP_ALIVE":
            keepAlive = LanguageSettings.span(value) ?? complain(name, value)
        case "OLLAMA_NUM_PARALLEL": slots = count(name, value, in: 0...256)
        case "OLLAMA_CONTEXT_LENGTH": context = count(name, value, in: 0...(1 << 24))
        case "OLLAMA_MAX_QUEUE": queue = count(name, value, in: 0...1_000_000)
        case "OLLAMA_KV_CACHE_TYPE":
            let isKnown = LanguageSettings.cacheTypes.contains(value)
            cacheType = isKnown ? value : complain(name, value)
        case "OLLAMA_FLASH_ATTENTION": flashAttention = flag(name, value)
        case "OLLAMA_GO_TEMPLATE": prefersJinja = flag(name, value) == false
        case "OLLAMA_LOAD_TIMEOUT": readLoadTimeout(value)
        case "OLLAMA_MAX_LOADED_MODELS":
            guard value != "0" else { return }
            warnings.append("\(name) does not count: as many models are loaded as memory holds")
        default:
            guard !Self.fulfilled.contains(name), !Self.clients.contains(name) else { return }
            warnings.append("\(name) does not count: Baton has nothing of the kind")
        }
        // Zero leaves it to the program.
        if slots == 0 { slots = nil }
        if context == 0 { context = nil }
        if queue == 0 { queue = nil }
    }

    private mutating func readHost(_ value: String) {
        var rest = value[...]
        if let scheme = rest.firstRange(of: "://") {
            guard rest[..<scheme.lowerBound] == "http" else {
                warnings.append("OLLAMA_HOST: only 'http' is served; for TLS see language.yaml")
                return
            }
            rest = rest[scheme.upperBound...]
        }
        rest = rest.prefix { $0 != "/" }
        var text = rest
        // An address of version 6 has colons of its own, and brackets where a port follows.
        if let colon = rest.lastIndex(of: ":"),
            rest.hasPrefix("[") == rest[..<colon].hasSuffix("]"),
            rest.hasPrefix("[") || rest.firstIndex(of: ":") == colon
        {
            text = rest[..<colon]
            port = count("OLLAMA_HOST", String(rest[rest.index(after: colon)...]), in: 0...65_535)
        }
        let address = text.filter { $0 != "[" && $0 != "]" }
        if !address.isEmpty { host = String(address) }
    }

    private mutating func readLoadTimeout(_ value: String) {
        switch LanguageSettings.span(value) {
        case .atMost(let span) where span > .zero: loadTimeout = span
        // Zero and less mean for ever; a day is as long as any load takes.
        case .atMost, .forever: loadTimeout = .seconds(86_400)
        case nil: loadTimeout = complain("OLLAMA_LOAD_TIMEOUT", value)
        }
    }

    private mutating func count(_ name: String, _ value: String, in range: ClosedRange<Int>) -> Int?
    {
        guard let number = Int(value), range.contains(number) else { return complain(name, value) }
        return number
    }

    private mutating func flag(_ name: String, _ value: String) -> Bool? {
        switch value.lowercased() {
        case "1", "t", "true": true
        case "0", "f", "false": false
        default: complain(name, value)
        }
    }

    private mutating func complain<Value>(_ name: String, _ value: String) -> Value? {
        warnings.append("\(name) cannot be read and does not count: '\(value)'")
        return nil
    }
}

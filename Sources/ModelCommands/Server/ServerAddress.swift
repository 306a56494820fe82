/// Where the server of language models is, by the rules that Ollama has for `OLLAMA_HOST`.
///
/// `[scheme://][host][:port][/path]`, each part with a default: plain HTTP on this machine, port
/// 11434, or 80 and 443 where a scheme is named.
package struct ServerAddress: Sendable, Hashable {
    /// "http" or "https".
    package let scheme: String
    /// A name or an address, one of version 6 without brackets.
    package let host: String
    /// The port.
    package let port: Int
    /// What comes before the paths of the API: empty, or with a slash in front and none at the end.
    package let path: String
    /// What was not understood, as people read it; nil when nothing.
    package let warning: String?

    private static let usualHost = "127.0.0.1"
    private static let usualPort = 11_434

    /// Reads an address.
    ///
    /// A port that is none counts as not given, and `warning` says so.
    ///
    /// - Parameter text: The variable's value; nil for the defaults.
    package init(_ text: String?) {
        var rest = Self.trimmed(text ?? "")[...]
        var scheme = "http"
        var usualPort = Self.usualPort
        if let mark = rest.firstRange(of: "://") {
            scheme = rest[..<mark.lowerBound].lowercased()
            rest = rest[mark.upperBound...]
            if scheme == "http" { usualPort = 80 }
            if scheme == "https" { usualPort = 443 }
        }
        let hostAndPort = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(hostAndPort.count).split(separator: "/").joined(separator: "/")
        let parts = Self.split(hostAndPort)
        let number = parts.port.map { Int($0) ?? -1 } ?? usualPort
        let isPort = (0...65_535).contains(number)
        self.scheme = scheme
        host = parts.host.isEmpty ? Self.usualHost : parts.host
        port = isPort ? number : usualPort
        self.path = path.isEmpty ? "" : "/\(path)"
        if !["http", "https"].contains(scheme) {
            warning = "OLLAMA_HOST: '\(scheme)' is no scheme that can be spoken; use http or https"
        } else if !isPort {
            warning = "OLLAMA_HOST: '\(parts.port ?? "")' is no port; \(usualPort) is used"
        } else {
            warning = nil
        }
    }

    /// The address as a URL without a slash at the end.
    package var url: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(name):\(port)\(path)"
    }

    /// Whether it is this machine by its address.
    package var isLocal: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Host and port; without a port when there is none, or more colons than an address with a port
    /// has.
    private static func split(_ text: Substring) -> (host: String, port: String?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            return (host, rest.hasPrefix(":") ? String(rest.dropFirst()) : nil)
        }
        guard let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon else {
            return (String(text), nil)
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    /// Without blanks and quotation marks around it, which files of variables often have.
    private static func trimmed(_ text: String) -> String {
        let isSurplus: (Character) -> Bool = { $0.isWhitespace || $0 == "\"" || $0 == "'" }
        return String(text.drop(while: isSurplus).reversed().drop(while: isSurplus).reversed())
    }
}

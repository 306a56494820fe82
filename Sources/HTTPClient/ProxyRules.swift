internal import POSIX

/// Which proxy a request goes through, read from the environment as curl does; pure.
package struct ProxyRules: Sendable, Hashable {
    private let plain: String?
    private let secure: String?
    private let exceptions: [String]

    /// No proxies.
    package static let none = ProxyRules { _ in nil }

    /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in small or capital letters.
    package static var fromEnvironment: ProxyRules { ProxyRules(Environment.value) }

    /// Reads variables.
    ///
    /// `HTTP_PROXY` in capital letters is passed over: a web server hands it to programs as a
    /// client's header field `Proxy`.
    ///
    /// - Parameter variable: The value of a variable.
    package init(_ variable: (String) -> String?) {
        func either(_ name: String) -> String? { variable(name) ?? variable(name.uppercased()) }
        let all = either("all_proxy")
        plain = variable("http_proxy") ?? all
        secure = either("https_proxy") ?? all
        let list = either("no_proxy") ?? ""
        exceptions = list.split(whereSeparator: { $0 == "," || $0 == " " }).map {
            $0.lowercased()
        }
    }

    /// The proxy for an address; nil for none.
    ///
    /// It may hold a password: never write it anywhere.
    ///
    /// - Parameter url: Where the request goes.
    package func proxy(for url: WebURL) -> String? {
        guard let proxy = url.isSecure ? secure : plain else { return nil }
        return exceptions.contains { Self.covers($0, url) } ? nil : proxy
    }

    /// Whether an exception names a host: `*`, a name and all below it, an address, or a block.
    private static func covers(_ exception: String, _ url: WebURL) -> Bool {
        if exception == "*" { return true }
        if let address = NetworkAddress(url.host) {
            let parts = exception.split(separator: "/", maxSplits: 1)
            guard let first = parts.first, let network = NetworkAddress(String(first)) else {
                return false
            }
            let bits = parts.count > 1 ? Int(parts[1]) ?? -1 : network.bytes.count * 8
            return address.isIn(network, bits: bits)
        }
        var name = exception[...]
        if let colon = name.lastIndex(of: ":") {
            guard name[name.index(after: colon)...] == "\(url.port)" else { return false }
            name = name[..<colon]
        }
        name = name.drop { $0 == "*" || $0 == "." }
        guard !name.isEmpty else { return false }
        return url.host == name || url.host.hasSuffix(".\(name)")
    }
}

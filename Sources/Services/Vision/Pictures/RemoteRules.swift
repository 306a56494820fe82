package import HTTPClient

/// Which addresses pictures may be fetched from; pure.
///
/// An address that a request names is an order to this machine to connect to somewhere, so nothing is
/// fetched unless somebody allows it. What is allowed is checked at each step: scheme and host of the
/// address and of every redirection, and the very IP address that is connected to, after its name was
/// looked up. Proxies are not used, because they would look names up by themselves.
package struct RemoteRules: Sendable {
    /// A block of IP addresses.
    struct Block: Sendable, Hashable {
        let network: NetworkAddress
        let bits: Int
    }

    /// Whether anything is fetched.
    package var isOn = false
    /// `https`, or also `http`.
    package var schemes = ["https"]
    /// Names of hosts; `*` alone is any, and `*.example.org` all below one.
    package var hosts = ["*"]
    /// Blocks that may be connected to beside all public addresses.
    var blocks: [Block] = []
    /// How long a picture may take, redirections included.
    package var timeout = Duration.seconds(10)
    /// Most redirections.
    package var redirects = 3

    /// Nothing is fetched.
    package init() {}

    /// A block of addresses; nil for what is none.
    ///
    /// - Parameter text: `10.0.0.0/8`, `fd00::/8`, or one address.
    static func block(_ text: String) -> Block? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let network = NetworkAddress(String(parts[0])) else {
            return nil
        }
        let most = network.bytes.count * 8
        guard parts.count == 2 else { return Block(network: network, bits: most) }
        guard let bits = Int(parts[1]), (0...most).contains(bits) else { return nil }
        return Block(network: network, bits: bits)
    }

    /// Allows blocks beside all public addresses.
    ///
    /// - Parameter texts: Blocks, checked by `block` before.
    mutating func allow(_ texts: [String]) {
        blocks = texts.compactMap(Self.block)
    }

    /// Whether an address may be asked, by its scheme and host.
    ///
    /// - Parameter url: The address.
    package func allows(_ url: WebURL) -> Bool {
        schemes.contains(url.scheme) && hosts.contains { Self.covers($0.lowercased(), url.host) }
    }

    /// Whether an IP address may be connected to.
    ///
    /// - Parameter address: The address.
    package func allows(_ address: NetworkAddress) -> Bool {
        address.reach == .everywhere
            || blocks.contains { address.isIn($0.network, bits: $0.bits) }
    }

    private static func covers(_ pattern: String, _ host: String) -> Bool {
        if pattern == "*" { return true }
        // A dot at the end of a name says that it is whole.
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        guard pattern.hasPrefix("*.") else { return name == pattern }
        return name.hasSuffix(pattern.dropFirst())
    }
}

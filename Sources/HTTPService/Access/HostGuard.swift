/// Which names a client may call the server by.
///
/// A page that somebody opens can have its own name point to this machine and then talk to a server
/// on loopback as if it were its own (DNS rebinding). The name it used stands in `Host`, which the
/// page cannot change. Clients that send none are no browsers.
package struct HostGuard: Sendable, Hashable {
    private let names: Set<String>
    /// Ends of names, for those that were given as `*.end`.
    private let ends: [String]

    /// A guard for a server that only listens on loopback.
    ///
    /// - Parameter names: Further names, without port; lower or upper case. `*.end` stands for all names
    ///   with that end.
    package static func loopback(and names: [String] = []) -> HostGuard {
        let names = names.map { $0.lowercased() }
        return HostGuard(
            names: Set(names.filter { !$0.hasPrefix("*.") }),
            ends: names.filter { $0.hasPrefix("*.") }.map { String($0.dropFirst()) }
        )
    }

    /// Whether a `Host` field names this machine.
    ///
    /// - Parameter field: The field, with or without a port; nil when it is missing.
    func admits(_ field: String?) -> Bool {
        guard let field else { return true }
        let name = Self.name(of: field).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        return Self.isLocal(name) || names.contains(name) || ends.contains(where: name.hasSuffix)
    }

    private static func name(of field: String) -> Substring {
        if field.hasPrefix("["), let end = field.firstIndex(of: "]") {
            return field[field.index(after: field.startIndex)..<end]
        }
        return field.prefix { $0 != ":" }
    }

    /// Whether a name is an address of this machine or of a private network (RFC 1918).
    ///
    /// A page whose own name is an address of such a network was not brought here by a name.
    private static func isLocal(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil
        }
        guard parts.count == 4, numbers.count == 4 else { return false }
        switch (numbers[0], numbers[1]) {
        case (127, _), (10, _), (192, 168), (172, 16...31): return true
        default: return numbers.allSatisfy { $0 == 0 }
        }
    }
}

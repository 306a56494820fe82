/// Which names a client may call the server by.
///
/// A page that somebody opens can have its own name point to this machine and then talk to a server
/// on loopback as if it were its own (DNS rebinding). The name it used stands in `Host`, which the
/// page cannot change. Clients that send none are no browsers.
package struct HostGuard: Sendable, Hashable {
    private let names: Set<String>

    /// A guard for a server that only listens on loopback.
    ///
    /// - Parameter names: Further names, without port; lower or upper case.
    package static func loopback(and names: [String] = []) -> HostGuard {
        HostGuard(names: Set(names.map { $0.lowercased() }))
    }

    /// Whether a `Host` field names this machine.
    ///
    /// - Parameter field: The field, with or without a port; nil when it is missing.
    func admits(_ field: String?) -> Bool {
        guard let field else { return true }
        let name = Self.name(of: field).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        return Self.isLoopback(name) || names.contains(name)
    }

    private static func name(of field: String) -> Substring {
        if field.hasPrefix("["), let end = field.firstIndex(of: "]") {
            return field[field.index(after: field.startIndex)..<end]
        }
        return field.prefix { $0 != ":" }
    }

    /// Whether a name is an address of 127.0.0.0/8.
    private static func isLoopback(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
            }
    }
}

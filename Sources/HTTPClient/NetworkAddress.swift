internal import Glibc

/// An IP address, and what kind of network it belongs to.
package struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// Where an address can be reached from.
    package enum Reach: Sendable, Hashable {
        /// From everywhere.
        case everywhere
        /// From within somebody's own network.
        case ownNetwork
        /// From the same wire; also where clouds keep their machines' secrets (169.254.169.254).
        case link
        /// From this machine.
        case machine
        /// Of no use as a server's: groups, documentation, reserved.
        case none
    }

    /// 4 or 16 bytes.
    package let bytes: [UInt8]

    /// Reads a numeric address.
    ///
    /// - Parameter text: `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]` or `fe80::1%eth0`.
    package init?(_ text: String) {
        var text = text[...]
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        let name = String(text.prefix { $0 != "%" })
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, name, &four) == 1 {
            bytes = unsafe withUnsafeBytes(of: four) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, name, &six) == 1 {
            bytes = unsafe withUnsafeBytes(of: six) { unsafe Array($0) }
        } else {
            return nil
        }
    }

    /// Reads the kernel's form; nil for what is not IP.
    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = unsafe UnsafeRawPointer(address)
        switch CInt(unsafe address.pointee.sa_family) {
        case AF_INET:
            let four = unsafe raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            bytes = unsafe withUnsafeBytes(of: four) { unsafe Array($0) }
        case AF_INET6:
            let six = unsafe raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            bytes = unsafe withUnsafeBytes(of: six) { unsafe Array($0) }
        default: return nil
        }
    }

    private init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// Where it can be reached from, by the registries of special addresses (RFC 6890).
    ///
    /// An IPv6 address that stands for one of IPv4 counts as that.
    package var reach: Reach {
        bytes.count == 4 ? reachOfFour : (embedded.map(\.reach) ?? reachOfSix)
    }

    private var reachOfFour: Reach {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (127, _, _), (0, _, _): .machine
        case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .ownNetwork
        case (169, 254, _): .link
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100),
            (203, 0, 113), (224..., _, _):
            .none
        default: .everywhere
        }
    }

    private var reachOfSix: Reach {
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return .machine }
        switch (bytes[0], bytes[1]) {
        case (0xFC...0xFD, _): return .ownNetwork
        case (0xFE, 0x80...0xBF): return .link
        case (0xFE, 0xC0...0xFF): return .ownNetwork
        case (0x20, 0x01) where bytes[2] < 2: return .none
        case (0x20, 0x01) where bytes[2] == 0x0D && bytes[3] == 0xB8: return .none
        case (0x3F, 0xFF): return .none
        case (0x20...0x3F, _): return .everywhere
        default: return .none
        }
    }

    /// The address of IPv4 that one of IPv6 stands for: mapped, compatible, NAT64 and 6to4.
    private var embedded: NetworkAddress? {
        let isZero = bytes.prefix(10).allSatisfy { $0 == 0 }
        let tail = NetworkAddress(bytes: bytes.suffix(4))
        if isZero, bytes[10] == 0xFF, bytes[11] == 0xFF { return tail }
        if isZero, bytes[10] == 0, bytes[11] == 0,
            bytes[12...].dropLast().contains(where: { $0 > 0 })
        {
            return tail
        }
        if Array(bytes.prefix(4)) == [0, 0x64, 0xFF, 0x9B] { return tail }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return NetworkAddress(bytes: bytes[2..<6]) }
        return nil
    }

    /// Whether it lies in a block such as `10.0.0.0/8`.
    ///
    /// - Parameters:
    ///   - network: The block's address.
    ///   - bits: How many leading bits count.
    package func isIn(_ network: NetworkAddress, bits: Int) -> Bool {
        guard bytes.count == network.bytes.count, (0...bytes.count * 8).contains(bits) else {
            return false
        }
        for index in 0..<bits
        where (bytes[index / 8] ^ network.bytes[index / 8]) & (0x80 >> (index % 8)) != 0 {
            return false
        }
        return true
    }

    /// The numeric form.
    package var description: String {
        var text = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        let isWritten = unsafe bytes.withUnsafeBytes { bytes in
            unsafe inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) != nil
        }
        precondition(isWritten, "an address of 4 or 16 bytes can be written")
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }
}

/// Which addresses may be connected to.
///
/// Asked for the very address that a connection is made to, after the name was looked up, and again
/// for connections that are used once more: a name that changes its address changes nothing.
package struct AddressRule: Sendable {
    let allows: @Sendable (NetworkAddress) -> Bool
    let isAny: Bool

    /// Every address.
    package static let any = AddressRule(isAny: true) { _ in true }
    /// Only addresses that everybody can reach: no machine's own, no private network's.
    package static let publicOnly = AddressRule { $0.reach == .everywhere }

    /// Creates a rule.
    ///
    /// - Parameter allows: Whether an address may be connected to; called from the client's thread.
    package init(_ allows: @escaping @Sendable (NetworkAddress) -> Bool) {
        self.init(isAny: false, allows)
    }

    /// Whether an address may be connected to.
    ///
    /// - Parameter address: The address.
    package func permits(_ address: NetworkAddress) -> Bool { allows(address) }

    private init(isAny: Bool, _ allows: @escaping @Sendable (NetworkAddress) -> Bool) {
        self.isAny = isAny
        self.allows = allows
    }
}

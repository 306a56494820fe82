internal import CMicrohttpd
internal import Glibc

/// Numeric Internet addresses.
enum SocketAddress {
    /// Calls `body` with the socket address for a numeric address.
    ///
    /// - Parameters:
    ///   - text: "127.0.0.1", "::", or "localhost" for 127.0.0.1. Other names are not looked up,
    ///     because that may wait.
    ///   - port: The port.
    /// - Returns: What `body` returns, or nil when the text is no address.
    static func with<Value>(
        _ text: String,
        port: UInt16,
        _ body: (CInt, UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value? {
        var four = sockaddr_in()
        let name = text == "localhost" ? "127.0.0.1" : text
        if unsafe inet_pton(AF_INET, name, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            return unsafe withUnsafePointer(to: &four) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body(AF_INET, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var six = sockaddr_in6()
        guard unsafe inet_pton(AF_INET6, name, &six.sin6_addr) == 1 else { return nil }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        return unsafe withUnsafePointer(to: &six) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(AF_INET6, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// The numeric address without the port; empty for other families.
    static func text(of address: UnsafePointer<sockaddr>) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let size = socklen_t(buffer.count)
        let raw = unsafe UnsafeRawPointer(address)
        switch CInt(unsafe address.pointee.sa_family) {
        case AF_INET:
            var four = unsafe raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            unsafe inet_ntop(AF_INET, &four, &buffer, size)
        case AF_INET6:
            var six = unsafe raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            unsafe inet_ntop(AF_INET6, &six, &buffer, size)
        default: return ""
        }
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }
}

import Glibc

/// Breaks the protocol on purpose.
enum Garbage {
    /// Writes bytes that are no frame on every socket but the control socket.
    static func writeOnEveryChannel() {
        // Announces four bytes and brings no JSON.
        let bytes: [UInt8] = [0, 0, 0, 4] + Array("junk".utf8)
        for number in CInt(4)..<256 {
            var kind: CInt = 0
            var size = socklen_t(MemoryLayout<CInt>.size)
            let isSocket = unsafe getsockopt(number, SOL_SOCKET, SO_TYPE, &kind, &size) == 0
            // A peer that has left makes this fail, and then nobody needs the garbage.
            if isSocket { _ = unsafe send(number, bytes, bytes.count, CInt(MSG_NOSIGNAL)) }
        }
    }
}

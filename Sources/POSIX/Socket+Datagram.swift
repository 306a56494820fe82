internal import Glibc

extension Socket {
    /// Sends one datagram to a Unix socket, without waiting.
    ///
    /// - Parameters:
    ///   - bytes: The whole datagram.
    ///   - address: A path, or `@name` for the abstract name space.
    /// - Throws: `SystemError`; `ECONNREFUSED` or `ENOENT` when nobody listens, `EAGAIN` when the
    ///   listener's queue is full.
    package static func sendDatagram(_ bytes: [UInt8], to address: String) throws(SystemError) {
        let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw .last("make a socket") }
        let sender = FileDescriptor(owning: number)
        let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
        let sent = unsafe withAddress(address) { target, length in
            unsafe CInt(
                truncatingIfNeeded: sendto(sender.number, bytes, bytes.count, flags, target, length)
            )
        }
        guard sent >= 0 else { throw .last("send to '\(address)'") }
    }
}

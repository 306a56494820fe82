/// What a registry asks for before it answers: the field `WWW-Authenticate` (RFC 9110, 11.6.1).
struct AuthChallenge: Hashable {
    /// `bearer` or `basic`, or another in lower case.
    let scheme: String
    /// The parameters, names in lower case.
    let parameters: [String: String]

    /// Reads a field; nil when it is none.
    ///
    /// - Parameter text: The field's value.
    init?(_ text: String) {
        let bytes = Array(text.utf8.prefix(8192))
        var position = 0
        func skip(_ set: String) {
            while position < bytes.count, set.utf8.contains(bytes[position]) { position += 1 }
        }
        func word() -> String {
            let start = position
            while position < bytes.count, !" \t=,\"".utf8.contains(bytes[position]) { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        skip(" \t")
        let scheme = word().lowercased()
        guard !scheme.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        while true {
            skip(" \t,")
            let name = word().lowercased()
            skip(" \t")
            guard !name.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
                break
            }
            position += 1
            skip(" \t")
            if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
                parameters[name] = Self.quoted(bytes, &position)
            } else {
                parameters[name] = word()
            }
        }
        self.scheme = scheme
        self.parameters = parameters
    }

    private static func quoted(_ bytes: [UInt8], _ position: inout Int) -> String {
        position += 1
        var value: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
            value.append(bytes[position])
            position += 1
        }
        position += 1
        return String(decoding: value, as: UTF8.self)
    }
}

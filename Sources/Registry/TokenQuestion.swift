internal import Digests
internal import HTTPClient
internal import POSIX
internal import SigningKeys
internal import Text

/// The question for a token that a registry sends one to ask.
///
/// DESIGN. With a key it also says who asks, as registries of Ollama's kind understand it: the address
/// gets a moment and a number that is used once, and `Authorization` is the public half of the key, a
/// colon, and a signature of
///
///     GET,<the whole address>,<base64 of the 64 digits of the SHA-256 of no body>
///
/// A signature is worth something to whom it is shown. So it goes only to the registry itself and never
/// to another host that it names, which might show it elsewhere as its own.
struct TokenQuestion: Hashable {
    /// Where to ask.
    let url: WebURL
    /// The field `Authorization`; nil where nobody says who asks.
    let authorization: String?

    /// Asks as somebody whom a field names, or as nobody.
    ///
    /// - Parameters:
    ///   - realm: Where the registry sends one.
    ///   - challenge: What it said.
    ///   - authorization: The field.
    /// - Returns: Nil when that makes no address.
    init?(_ realm: WebURL, _ challenge: AuthChallenge, as authorization: String?) {
        let parts = ["service", "scope"].compactMap { name in
            challenge.parameters[name].map { Self.part(name, $0) }
        }
        guard let url = Self.address(realm, parts) else { return nil }
        self.url = url
        self.authorization = authorization
    }

    /// Asks with a signature.
    ///
    /// - Parameters:
    ///   - realm: Where the registry sends one; its own address.
    ///   - challenge: What it said.
    ///   - key: Who asks.
    ///   - seconds: The moment, in seconds since 1970.
    ///   - nonce: 16 bytes that nobody can foresee.
    /// - Returns: Nil when that makes no address.
    init?(
        _ realm: WebURL,
        _ challenge: AuthChallenge,
        signedBy key: SigningKey,
        at seconds: Int64,
        nonce: [UInt8]
    ) {
        // By name, each scope for itself, as the first program of this kind sends it.
        var parts = [Self.part("nonce", Self.word(nonce))]
        let scopes = challenge.parameters["scope"]?.split(separator: " ") ?? []
        parts += scopes.map { Self.part("scope", String($0)) }
        if let service = challenge.parameters["service"] {
            parts.append(Self.part("service", service))
        }
        parts.append(Self.part("ts", "\(seconds)"))
        guard let url = Self.address(realm, parts) else { return nil }
        let nothing = Base64.encoded(Array("\(SHA256Digest(of: []))".utf8))
        let signature = key.signature(of: Array("GET,\(url.text),\(nothing)".utf8))
        self.url = url
        authorization = "\(key.publicText):\(Base64.encoded(signature))"
    }

    /// 16 bytes that nobody can foresee.
    static func freshNonce() -> [UInt8] {
        var source = SystemRandomNumberGenerator()
        return (0..<16).map { _ in source.next() }
    }

    private static func part(_ name: String, _ value: String) -> String {
        "\(name)=\(RegistryConnection.escaped(value))"
    }

    private static func address(_ realm: WebURL, _ parts: [String]) -> WebURL? {
        let start = realm.text + (realm.query == nil ? "?" : "&")
        return WebURL(start + parts.joined(separator: "&"))
    }

    /// Base64 for addresses, without marks at its end (RFC 4648, section 5).
    private static func word(_ bytes: [UInt8]) -> String {
        Base64.encoded(bytes).replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}

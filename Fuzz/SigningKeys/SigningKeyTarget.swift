internal import SigningKeys

/// Files of keys: the input as such a file, and as what its base64 stands for.
///
/// Whatever is a key must sign so that its own public half says so.
struct SigningKeyTarget: FuzzTarget {
    static let name = "keys"

    init() {}

    func check(_ input: [UInt8]) {
        for key in [try? SigningKey(openSSH: input), try? SigningKey(decoded: input)] {
            guard let key else { continue }
            let signature = key.signature(of: input)
            demand(SigningKey.fits(signature, input, key.publicHalf), "its halves are strangers")
        }
    }
}

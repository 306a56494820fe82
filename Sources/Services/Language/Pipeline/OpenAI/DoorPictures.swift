package import JSON

/// The picture of a data URI.
package enum DoorPictures {
    /// The base64 of a picture.
    ///
    /// - Parameters:
    ///   - address: `data:…;base64,…`.
    ///   - field: What refusals call its place.
    /// - Throws: `Refusal` for every other address: nothing is fetched.
    package static func base64(_ address: JSONText, field: String) throws(Refusal) -> JSONText {
        let bytes = address.utf8
        guard bytes.starts(with: "data:".utf8) else {
            let scheme = String(decoding: bytes.prefix(16), as: UTF8.self)
            throw Refusal(
                badRequest: scheme.contains("://")
                    ? "pictures at other addresses are not fetched; send a data URI"
                    : "a picture must be a data URI in base64",
                field: field
            )
        }
        guard let comma = bytes.prefix(256).firstIndex(of: UInt8(ascii: ",")),
            bytes[..<comma].suffix(7).elementsEqual(";base64".utf8)
        else {
            throw Refusal(badRequest: "the data URI must be in base64", field: field)
        }
        return JSONText(String(decoding: bytes[(comma + 1)...], as: UTF8.self))
    }
}

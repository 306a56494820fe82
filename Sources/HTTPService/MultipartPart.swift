/// One field of a multipart body.
package struct MultipartPart: Sendable, Hashable {
    /// The field's name; empty when the client gave none.
    package var name: String
    /// The file's name as the client gave it, or nil; never use it as a path.
    package var filename: String?
    /// The type that the client claims, or nil.
    package var contentType: String?
    /// The content.
    package var bytes: [UInt8]

    /// Creates a field; the server does, and tests of handlers may.
    ///
    /// - Parameters:
    ///   - name: The field's name.
    ///   - filename: The file's name.
    ///   - contentType: The claimed type.
    ///   - bytes: The content.
    package init(name: String, filename: String?, contentType: String?, bytes: [UInt8]) {
        self.name = name
        self.filename = filename
        self.contentType = contentType
        self.bytes = bytes
    }

    /// The content as text, or nil when it is not UTF-8.
    package var text: String? { String(validating: bytes, as: UTF8.self) }
}

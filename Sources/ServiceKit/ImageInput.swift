package import DeviceProtocol
package import HTTPService
package import JSON
internal import POSIX
internal import Text

/// The bytes of one encoded image, in a shared buffer that a media helper can read.
package struct ImageInput: Sendable {
    /// Where the bytes lie, from the start.
    package let buffer: SharedBuffer
    /// How many there are; at least 1.
    package let count: Int

    /// Takes bytes that came as they are, by multipart.
    ///
    /// - Parameters:
    ///   - bytes: The encoded image.
    ///   - pool: Where the buffer comes from.
    /// - Throws: `HTTPError` 400 for no bytes, 503 when memory is short.
    package init(bytes: [UInt8], pool: BufferPool) throws(HTTPError) {
        guard !bytes.isEmpty else {
            throw HTTPError(400, code: "invalid_image", "the image is empty")
        }
        buffer = try Self.take(bytes.count, pool)
        count = bytes.count
        unsafe buffer.memory.bytes.copyBytes(from: bytes)
    }

    /// Decodes a data URI or bare base64 straight into the buffer.
    ///
    /// Paths and addresses are refused by name, because the service reads and fetches nothing.
    ///
    /// - Parameters:
    ///   - text: `data:…;base64,…` or base64.
    ///   - pool: Where the buffer comes from.
    /// - Throws: `HTTPError` 400 with `invalid_image`, 503 when memory is short.
    package init(text: JSONText, pool: BufferPool) throws(HTTPError) {
        let encoded = try Self.payload(of: text.utf8)
        buffer = try Self.take(Base64.capacity(of: encoded.count), pool)
        let memory = buffer.memory
        let decoded = unsafe encoded.withUnsafeBytes { digits in
            unsafe Base64.decode(digits, into: memory.bytes)
        }
        guard let decoded else {
            pool.giveBack(buffer)
            throw HTTPError(400, code: "invalid_image", "the image is not valid base64")
        }
        guard decoded > 0 else {
            pool.giveBack(buffer)
            throw HTTPError(400, code: "invalid_image", "the image is empty")
        }
        count = decoded
    }

    /// The base64 in a text.
    private static func payload(of text: ArraySlice<UInt8>) throws(HTTPError) -> ArraySlice<UInt8> {
        for scheme in ["http://", "https://", "file://"] where text.starts(with: scheme.utf8) {
            throw HTTPError(
                400,
                code: "invalid_image",
                "'\(scheme)' addresses are not read; send the image itself as a data URI"
            )
        }
        guard text.starts(with: "data:".utf8) else { return text }
        guard let comma = text.prefix(256).firstIndex(of: UInt8(ascii: ",")) else {
            throw HTTPError(400, code: "invalid_image", "the data URI has no comma")
        }
        guard text[..<comma].reversed().starts(with: ";base64".utf8.reversed()) else {
            throw HTTPError(400, code: "invalid_image", "the data URI must be base64")
        }
        return text[(comma + 1)...]
    }

    private static func take(_ count: Int, _ pool: BufferPool) throws(HTTPError) -> SharedBuffer {
        do {
            return try pool.take(max(count, 1))
        } catch {
            throw HTTPError(
                503,
                code: "out_of_memory",
                "there is no memory for the image",
                retryAfter: 1
            )
        }
    }
}

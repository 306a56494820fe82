package import DeviceProtocol
package import HTTPService
internal import POSIX

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
    package init(text: String, pool: BufferPool) throws(HTTPError) {
        var text = text
        let encoded = try Self.payload(of: text)
        buffer = try Self.take(Base64.capacity(of: encoded.count), pool)
        let memory = buffer.memory
        let decoded = text.withUTF8 { bytes in
            let part = unsafe UnsafeRawBufferPointer(
                rebasing: UnsafeRawBufferPointer(bytes)[encoded.lowerBound..<encoded.upperBound]
            )
            return unsafe Base64.decode(part, into: memory.bytes)
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

    /// Where in the text's UTF-8 the base64 stands.
    private static func payload(of text: String) throws(HTTPError) -> Range<Int> {
        for scheme in ["http://", "https://", "file://"] where text.hasPrefix(scheme) {
            throw HTTPError(
                400,
                code: "invalid_image",
                "'\(scheme)' addresses are not read; send the image itself as a data URI"
            )
        }
        let bytes = text.utf8
        guard text.hasPrefix("data:") else { return 0..<bytes.count }
        guard let comma = bytes.prefix(256).firstIndex(of: UInt8(ascii: ",")) else {
            throw HTTPError(400, code: "invalid_image", "the data URI has no comma")
        }
        guard text[..<comma].hasSuffix(";base64") else {
            throw HTTPError(400, code: "invalid_image", "the data URI must be base64")
        }
        return bytes.distance(from: bytes.startIndex, to: comma) + 1..<bytes.count
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

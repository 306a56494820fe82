internal import CMicrohttpd

/// Collects the fields of a multipart body while it arrives, in pieces of any size.
///
/// Used on the connection's thread only; the library calls back inside `receive`.
@safe
final class MultipartReader {
    /// Most fields of one body; each costs memory beyond its bytes, which the body limit bounds.
    static let maximumParts = 256
    /// Must hold a boundary and the headers of a field.
    private static let bufferSize = 16 << 10

    private var processor: OpaquePointer?
    private var parts: [MultipartPart] = []
    private var failure: HTTPError?

    /// Starts reading.
    ///
    /// - Parameter connection: A connection whose head was read.
    /// - Throws: `HTTPError` 400 when its content type names no usable boundary.
    init(_ connection: Connection) throws(HTTPError) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe processor = MHD_create_post_processor(
            connection.handle,
            Self.bufferSize,
            onMultipartData,
            context
        )
        guard unsafe processor != nil else { throw .noBoundary }
    }

    deinit {
        if let processor = unsafe processor { unsafe MHD_destroy_post_processor(processor) }
    }

    /// Whether a content type is `multipart/form-data`.
    static func isMultipart(_ contentType: String?) -> Bool {
        contentType.map { HTTPHeaders.starts($0, with: "multipart/form-data") } ?? false
    }

    /// Takes the next bytes of the body.
    ///
    /// - Throws: `HTTPError` 400 for a malformed body; nothing may follow.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
        let start = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress
        let result = unsafe MHD_post_process(processor, start, bytes.count)
        if let failure { throw failure }
        guard result == .YES else { throw .badMultipart }
    }

    /// Ends the body.
    ///
    /// - Returns: The fields in order.
    /// - Throws: `HTTPError` 400 when the closing boundary or every field is missing.
    func finish() throws(HTTPError) -> [MultipartPart] {
        let result = unsafe MHD_destroy_post_processor(processor)
        unsafe processor = nil
        if let failure { throw failure }
        // Without any boundary everything is a preamble to the library, and fine.
        guard result == .YES, !parts.isEmpty else { throw .badMultipart }
        return parts
    }

    /// Begins a field, or goes on with one.
    ///
    /// The library calls with offset 0 and no bytes for an empty field, but also when a piece of the
    /// body ends right after a field's head; then the first bytes come with offset 0 again. So an
    /// empty field is dropped when the next one has the same head and is not empty.
    ///
    /// - Returns: Whether there was room for it.
    fileprivate func begin(_ head: MultipartPart, isEmpty: Bool) -> Bool {
        if !isEmpty, parts.last == head { return true }
        guard parts.count < Self.maximumParts else {
            failure = .tooManyParts
            return false
        }
        parts.append(head)
        return true
    }

    fileprivate func append(_ bytes: UnsafeRawBufferPointer) {
        // A field begins at offset 0, before any of its bytes.
        unsafe parts[parts.count - 1].bytes.append(contentsOf: bytes)
    }
}

private func onMultipartData(
    context: UnsafeMutableRawPointer?,
    kind: MHD_ValueKind,
    key: UnsafePointer<CChar>?,
    filename: UnsafePointer<CChar>?,
    contentType: UnsafePointer<CChar>?,
    encoding: UnsafePointer<CChar>?,
    data: UnsafePointer<CChar>?,
    offset: UInt64,
    size: Int
) -> MHD_Result {
    // The library passes back what it was given, which is never null.
    guard let context = unsafe context else { return .NO }
    let reader = unsafe Unmanaged<MultipartReader>.fromOpaque(context).takeUnretainedValue()
    if offset == 0 {
        let head = MultipartPart(
            name: unsafe key.map { unsafe String(cString: $0) } ?? "",
            filename: unsafe filename.map { unsafe String(cString: $0) },
            contentType: unsafe contentType.map { unsafe String(cString: $0) },
            bytes: []
        )
        guard reader.begin(head, isEmpty: size == 0) else { return .NO }
    }
    if size > 0 { unsafe reader.append(UnsafeRawBufferPointer(start: data, count: size)) }
    return .YES
}

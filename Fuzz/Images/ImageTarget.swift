internal import ImageFiles
internal import MediaProtocol
internal import Pixels

/// Image files: headers, pixels of those that are small, and what is made of the pixels.
struct ImageTarget: FuzzTarget {
    static let name = "images"

    /// Bounds the time that one input takes; the helper's own limit is `MediaLimits.pixels`.
    private static let pixels = 256 << 10

    private struct NotStarted: Error {}

    init() throws {
        guard VipsSource.start() else { throw NotStarted() }
    }

    func check(_ input: [UInt8]) {
        guard let picture = Self.decode(input) else { return }
        var output = [UInt8](repeating: 0, count: 24 * 8 * 3 * 4)
        unsafe output.withUnsafeMutableBytes { bytes in
            unsafe picture.write(TensorSpec(width: 24, height: 8), to: bytes)
        }
        var file = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe file.withUnsafeMutableBytes { bytes in
            unsafe try? picture.encode(as: .png, quality: 90, to: bytes)
        }
        guard let count else { return }
        let again = Self.decode(Array(file.prefix(count)))
        demand(again?.width == picture.width, "a picture that was written is of another size")
        demand(again?.height == picture.height, "a picture that was written is of another size")
    }

    private static func decode(_ file: [UInt8]) -> Picture? {
        unsafe file.withUnsafeBytes { unsafe decode($0) }
    }

    private static func decode(_ file: UnsafeRawBufferPointer) -> Picture? {
        guard let source = unsafe try? VipsSource(file) else { return nil }
        let (width, height) = (source.width, source.height)
        demand(width > 0 && height > 0, "an image without pixels was accepted")
        guard max(width, height) <= MediaLimits.side, width * height <= pixels else { return nil }
        return try? source.decode()
    }
}

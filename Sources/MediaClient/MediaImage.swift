package import DeviceProtocol
internal import JSON
internal import MediaProtocol
package import Pixels
internal import POSIX

/// How a picture is written as a file.
package struct MediaEncoding: Sendable, Hashable {
    /// The container.
    package enum Format: String, Sendable, Hashable {
        case jpeg, png
    }

    /// The container.
    package var format: Format
    /// 1 to 100; without meaning for PNG.
    package var quality: Int
    /// Columns and rows; nil keeps the picture's.
    package var size: (width: Int, height: Int)?

    /// Describes a file.
    ///
    /// - Parameters:
    ///   - format: The container.
    ///   - quality: 1 to 100.
    ///   - size: Columns and rows.
    package init(
        format: Format,
        quality: Int = 90,
        size: (width: Int, height: Int)? = nil
    ) {
        self.format = format
        self.quality = quality
        self.size = size
    }

    /// Compares every member.
    package static func == (left: Self, right: Self) -> Bool {
        left.format == right.format && left.quality == right.quality
            && left.size?.width == right.size?.width && left.size?.height == right.size?.height
    }

    /// Hashes every member.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(format)
        hasher.combine(quality)
        hasher.combine(size?.width)
        hasher.combine(size?.height)
    }
}

/// An image that is open in a helper; only valid inside `MediaPool.withImage`.
///
/// Requests on one image may overlap and are done in order. When one throws, its output is arbitrary,
/// but nobody writes to it any more. Let errors pass through: the pool repeats what failed because a
/// helper ended.
package final class MediaImage: Sendable {
    /// Columns of the upright image.
    package let width: Int
    /// Rows of the upright image.
    package let height: Int
    /// The container: "jpeg", "png", "webp", "tiff" or "gif".
    package let format: String
    /// The EXIF orientation that was applied, 1 to 8.
    package let orientation: Int

    private let id: Int
    private let helper: MediaHelper
    private let timeLimit: Duration
    private let firstLoss = Guarded<MediaHelper.Queue.Loss?>(nil)

    init(_ reply: JSONObject, helper: MediaHelper, timeLimit: Duration) throws(MediaError) {
        guard let id = reply["image"]?.integerValue, let width = reply["width"]?.integerValue,
            let height = reply["height"]?.integerValue, let format = reply["format"]?.stringValue,
            let orientation = reply["orientation"]?.integerValue
        else { throw MediaError(.failed, "a media helper answers nonsense") }
        self.id = id
        self.width = width
        self.height = height
        self.format = format
        self.orientation = orientation
        self.helper = helper
        self.timeLimit = timeLimit
    }

    /// Writes the image as a tensor.
    ///
    /// - Parameters:
    ///   - spec: What to write.
    ///   - buffer: Where; it must have `spec.byteCount` bytes behind the offset.
    ///   - offset: A multiple of four.
    /// - Throws: `MediaError`, or `CancellationError`.
    package func tensor(
        _ spec: TensorSpec,
        into buffer: SharedBuffer,
        offset: Int = 0
    ) async throws {
        var frame: JSONObject = request("tensor")
        spec.write(to: &frame)
        frame["output"] = ["buffer": JSONValue(buffer.id), "offset": JSONValue(offset)]
        _ = try await send(frame, buffer)
    }

    /// Writes perspective crops of the image as a batch.
    ///
    /// - Parameters:
    ///   - spec: What to write; at most `MediaLimits.crops` crops.
    ///   - buffer: Where; it must have `spec.byteCount` bytes behind the offset.
    ///   - offset: A multiple of four.
    /// - Throws: `MediaError`, or `CancellationError`.
    package func crops(
        _ spec: CropSpec,
        into buffer: SharedBuffer,
        offset: Int = 0
    ) async throws {
        var frame: JSONObject = request("crops")
        spec.write(to: &frame)
        frame["output"] = ["buffer": JSONValue(buffer.id), "offset": JSONValue(offset)]
        _ = try await send(frame, buffer)
    }

    /// Writes the image as a file.
    ///
    /// - Parameters:
    ///   - encoding: Which file.
    ///   - buffer: Where; everything behind the offset may be used.
    ///   - offset: Where the file starts.
    /// - Returns: The file's size in bytes.
    /// - Throws: `MediaError`, with `outputTooSmall` and `needed` when it does not fit.
    package func encode(
        _ encoding: MediaEncoding,
        into buffer: SharedBuffer,
        offset: Int = 0
    ) async throws -> Int {
        var frame: JSONObject = request("encode")
        frame["format"] = .string(encoding.format.rawValue)
        frame["quality"] = JSONValue(encoding.quality)
        if let (width, height) = encoding.size {
            frame["width"] = JSONValue(width)
            frame["height"] = JSONValue(height)
        }
        frame["output"] = [
            "buffer": JSONValue(buffer.id), "offset": JSONValue(offset),
            "capacity": JSONValue(buffer.count - offset),
        ]
        return try await send(frame, buffer)["count"]?.integerValue ?? 0
    }

    /// Tells the helper to forget the image.
    func close() {
        var frame = request("close")
        frame["request_id"] = nil
        helper.tell(frame)
    }

    /// Why a request on this image got no reply, if one did not.
    var loss: MediaHelper.Queue.Loss? { firstLoss.withLock { $0 } }

    private func request(_ action: String) -> JSONObject {
        JSONObject([("action", .string(action)), ("image", JSONValue(id))])
    }

    private func send(_ frame: JSONObject, _ buffer: SharedBuffer) async throws -> JSONObject {
        do {
            return try await helper.request(frame, buffers: [buffer], limit: timeLimit)
        } catch let loss as MediaHelper.Queue.Loss {
            firstLoss.withLock { $0 = $0 ?? loss }
            throw MediaPool.error(for: loss)
        }
    }
}

internal import DeviceProtocol
internal import ImageFiles
internal import JSON
internal import MediaProtocol
internal import POSIX
internal import Pixels

/// Performs requests, one at a time and in order; owns the buffers and the open pictures.
///
/// Runs on the connection's own loop: while a picture is decoded nothing else is answered, which is
/// what "one job at a time" means. A job that takes too long is ended from outside, with the process.
struct Worker {
    private var buffers = BufferTable()
    private var pictures: PictureTable

    /// Creates a worker without pictures.
    init(byteLimit: Int) {
        pictures = PictureTable(byteLimit: byteLimit)
    }

    /// Performs a request.
    ///
    /// - Returns: The reply.
    /// - Throws: `FrameError` when the connection cannot go on.
    mutating func perform(
        _ request: JSONObject,
        _ descriptors: [FileDescriptorBox]
    ) throws(FrameError) -> JSONObject {
        try buffers.update(from: request, descriptors: descriptors)
        var reply = JSONObject()
        reply["request_id"] = request["request_id"] ?? .null
        do {
            try answer(JSONFields(.object(request)), in: &reply)
        } catch let error as MediaError {
            error.write(to: &reply)
        } catch {
            MediaError(.badRequest, "\(error)").write(to: &reply)
        }
        return reply
    }

    private mutating func answer(_ fields: JSONFields, in reply: inout JSONObject) throws {
        switch try fields.require("action", fields.string("action")) {
        case "ping": return
        case "open": try open(fields, in: &reply)
        case "tensor":
            let (spec, picture) = (try TensorSpec(fields), try opened(fields))
            let (memory, bytes) = unsafe try output(fields, count: spec.byteCount)
            withExtendedLifetime(memory) { unsafe picture.write(spec, to: bytes) }
        case "crops":
            let (spec, picture) = (try CropSpec(fields), try opened(fields))
            let (memory, bytes) = unsafe try output(fields, count: spec.byteCount)
            withExtendedLifetime(memory) { unsafe picture.write(spec, to: bytes) }
        case "encode": try encode(fields, in: &reply)
        case "close": pictures.remove(try fields.require("image", fields.integer("image")))
        case let unknown: throw fields.error("action", "is unknown: '\(unknown)'")
        }
    }

    private mutating func open(_ fields: JSONFields, in reply: inout JSONObject) throws {
        let input = try fields.require("input", fields.fields("input"))
        let count = try input.require("count", input.integer("count", in: 0...Int.max))
        let (memory, bytes) = unsafe try slice(input, count: count)
        defer { withExtendedLifetime(memory) {} }
        let source = unsafe try VipsSource(UnsafeRawBufferPointer(bytes))
        let limit = try fields.integer("max_pixels", in: 1...Int.max) ?? MediaLimits.pixels
        let (width, height) = (source.width, source.height)
        guard width * height <= limit, max(width, height) <= MediaLimits.side else {
            let size = "\(width) x \(height) pixels"
            throw MediaError(.imageTooLarge, "the image has \(size), over the limit of \(limit)")
        }
        try pictures.checkCount()
        try pictures.checkRoom(width: width, height: height)
        let (format, orientation) = (source.format, source.orientation)
        reply["image"] = JSONValue(pictures.add(try source.decode()))
        reply["width"] = JSONValue(width)
        reply["height"] = JSONValue(height)
        reply["format"] = .string(format)
        reply["orientation"] = JSONValue(orientation)
    }

    private func encode(_ fields: JSONFields, in reply: inout JSONObject) throws {
        let word = try fields.require("format", fields.string("format"))
        guard let format = Picture.FileFormat(rawValue: word) else {
            throw fields.error("format", "is unknown: '\(word)'")
        }
        let quality = try fields.integer("quality", in: 1...100) ?? 90
        var picture = try opened(fields)
        let width = try fields.integer("width", in: 1...MediaLimits.side) ?? picture.width
        let height = try fields.integer("height", in: 1...MediaLimits.side) ?? picture.height
        if width != picture.width || height != picture.height {
            try pictures.checkRoom(width: width, height: height)
            picture = picture.resized(width: width, height: height)
        }
        let place = try fields.require("output", fields.fields("output"))
        let capacity = try place.require("capacity", place.integer("capacity", in: 1...Int.max))
        let (memory, bytes) = unsafe try slice(place, count: capacity)
        defer { withExtendedLifetime(memory) {} }
        let count = unsafe try picture.encode(as: format, quality: quality, to: bytes)
        reply["count"] = JSONValue(count)
    }

    private func opened(_ fields: JSONFields) throws -> Picture {
        let id = try fields.require("image", fields.integer("image"))
        guard let picture = pictures[id] else { throw fields.error("image", "is not open: \(id)") }
        return picture
    }

    private func output(
        _ fields: JSONFields,
        count: Int
    ) throws -> (memory: SharedMemory, bytes: UnsafeMutableRawBufferPointer) {
        let place = try fields.require("output", fields.fields("output"))
        let offset = try place.integer("offset", in: 0...Int.max) ?? 0
        guard offset % 4 == 0 else { throw place.error("offset", "must be a multiple of four") }
        return unsafe try slice(place, count: count)
    }

    private func slice(
        _ place: JSONFields,
        count: Int
    ) throws -> (memory: SharedMemory, bytes: UnsafeMutableRawBufferPointer) {
        let buffer = try place.require("buffer", place.integer("buffer"))
        let offset = try place.integer("offset", in: 0...Int.max) ?? 0
        guard let part = unsafe buffers.slice(buffer: buffer, offset: offset, count: count) else {
            throw place.error("buffer", "has not \(count) bytes at \(offset)")
        }
        return unsafe part
    }
}

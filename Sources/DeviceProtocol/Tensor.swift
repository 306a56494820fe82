package import JSON

/// The type of a tensor's elements.
package enum ElementType: String, Sendable, Hashable, CaseIterable {
    case u8, i8, u16, i16, i32, i64, f16, bf16, f32, f64, bool

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .u8, .i8, .bool: 1
        case .u16, .i16, .f16, .bf16: 2
        case .i32, .f32: 4
        case .i64, .f64: 8
        }
    }
}

/// A tensor that lies in a shared buffer: `{"dtype","shape","buffer","offset"}`, C-contiguous.
package struct Tensor: Sendable, Hashable {
    /// The type of its elements.
    package var type: ElementType
    /// Its dimensions, outermost first; none is negative.
    ///
    /// Empty means one element.
    package var shape: [Int]
    /// The number of the buffer that holds it.
    package var buffer: Int
    /// Bytes from the start of the buffer.
    package var offset: Int

    /// Most dimensions accepted.
    package static let maximumRank = 16

    /// Describes a tensor.
    ///
    /// - Parameters:
    ///   - type: The type of its elements.
    ///   - shape: Its dimensions.
    ///   - buffer: The buffer's number.
    ///   - offset: Bytes from the start of the buffer.
    package init(type: ElementType, shape: [Int], buffer: Int, offset: Int = 0) {
        self.type = type
        self.shape = shape
        self.buffer = buffer
        self.offset = offset
    }

    /// How many elements it has.
    package var count: Int { shape.reduce(1, *) }

    /// How many bytes it takes.
    package var byteCount: Int { count * type.size }

    /// Reads a tensor's description and checks that its size is representable.
    ///
    /// - Parameters:
    ///   - value: The description.
    ///   - path: Where it stands, for messages.
    /// - Throws: `JSONFieldError`. Whether the buffer exists and is long enough is not checked here.
    package init(_ value: JSONValue, path: String) throws(JSONFieldError) {
        let fields = try JSONFields(value, path: path)
        let word = try fields.require("dtype", fields.string("dtype"))
        guard let type = ElementType(rawValue: word) else {
            throw fields.error("dtype", "is unknown: '\(word)'")
        }
        let items = try fields.require("shape", fields.array("shape"))
        guard items.count <= Self.maximumRank else {
            throw fields.error("shape", "has more than \(Self.maximumRank) dimensions")
        }
        var shape: [Int] = []
        var bytes = type.size
        for item in items {
            guard let dimension = item.integerValue, dimension >= 0 else {
                throw fields.error("shape", "must hold whole numbers from 0 up")
            }
            let (product, overflowed) = bytes.multipliedReportingOverflow(by: dimension)
            guard !overflowed else { throw fields.error("shape", "is too large") }
            bytes = product
            shape.append(dimension)
        }
        self.type = type
        self.shape = shape
        buffer = try fields.require("buffer", fields.integer("buffer", in: 0...Int(Int32.max)))
        offset = try fields.integer("offset", in: 0...Int.max / 2) ?? 0
    }

    /// The description as it travels.
    package var json: JSONValue {
        [
            "dtype": .string(type.rawValue),
            "shape": .array(shape.map { JSONValue($0) }),
            "buffer": JSONValue(buffer),
            "offset": JSONValue(offset),
        ]
    }
}

/// Which channel comes first in an output.
package enum ChannelOrder: String, Sendable, Hashable {
    case rgb, bgr
}

/// How an output's channels lie in memory.
package enum PixelLayout: String, Sendable, Hashable {
    /// A plane for each channel.
    case nchw
    /// Channels side by side in every pixel.
    case nhwc
}

/// The type of an output's numbers.
package enum PixelElement: String, Sendable, Hashable {
    case u8, f32

    /// Bytes of one number.
    package var size: Int { self == .u8 ? 1 : 4 }
}

/// How a picture is brought to another size.
package enum ResizeKernel: String, Sendable, Hashable {
    /// Two neighbours each way, with half-pixel centres; aliases when shrinking by more than two.
    case linear
    /// Four neighbours each way, coefficient -0.75.
    case cubic
    /// The average of everything that an output pixel covers; linear when enlarging.
    case area
}

/// A rectangle of whole pixels.
package struct PixelRectangle: Sendable, Hashable {
    /// Columns to its left.
    package var x: Int
    /// Rows above it.
    package var y: Int
    /// Columns.
    package var width: Int
    /// Rows.
    package var height: Int

    /// Creates a rectangle.
    ///
    /// - Parameters:
    ///   - x: Columns to its left.
    ///   - y: Rows above it.
    ///   - width: Columns.
    ///   - height: Rows.
    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// How grey levels become numbers: `(level / 255 - mean) / std`, channel by channel.
package struct Normalisation: Sendable, Hashable {
    /// Which channel comes first.
    package var order: ChannelOrder
    /// Subtracted, for each output channel.
    package var mean: [Float]
    /// Divided by, for each output channel; none is zero.
    package var std: [Float]
    /// The colour outside the picture, red, green and blue from 0 to 255, whatever the order.
    package var fill: [Float]

    /// Describes a conversion.
    ///
    /// - Parameters:
    ///   - order: Which channel comes first.
    ///   - mean: Three numbers, in output order.
    ///   - std: Three numbers, in output order.
    ///   - fill: Red, green and blue.
    package init(
        order: ChannelOrder = .rgb,
        mean: [Float] = [0, 0, 0],
        std: [Float] = [1, 1, 1],
        fill: [Float] = [0, 0, 0]
    ) {
        self.order = order
        self.mean = mean
        self.std = std
        self.fill = fill
    }

    /// The output channel that a source channel (0 is red) becomes.
    func output(of channel: Int) -> Int { order == .rgb ? channel : 2 - channel }

    /// The factors and summands that turn levels of red, green and blue into numbers.
    var affine: (scale: [Float], bias: [Float]) {
        let channels = (0..<3).map { output(of: $0) }
        return (
            channels.map { 1 / (255 * std[$0]) },
            channels.map { -mean[$0] / std[$0] }
        )
    }
}

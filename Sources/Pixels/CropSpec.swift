/// One piece of a picture, bounded by any four corners.
package struct Crop: Sendable, Hashable {
    /// Corners x0, y0, … x3, y3 in pixels, clockwise from the top left of what the crop shows.
    package var quad: [Double]
    /// Columns of the output that show the crop; the rest of the output is filled.
    package var width: Int
    /// Degrees by which the piece is turned clockwise before it is resized: 0, 90, 180 or 270.
    package var turn: Int

    /// Describes a crop.
    ///
    /// - Parameters:
    ///   - quad: Eight coordinates.
    ///   - width: Columns that show the crop.
    ///   - turn: Degrees clockwise.
    package init(quad: [Double], width: Int, turn: Int = 0) {
        self.quad = quad
        self.width = width
        self.turn = turn
    }
}

/// Crops of one picture as a batch `[n, 3, height, width]` of `f32`.
package struct CropSpec: Sendable, Hashable {
    /// Output columns.
    package var width: Int
    /// Output rows, all showing the crop.
    package var height: Int
    /// The crops, one for each item of the batch.
    package var crops: [Crop]
    /// How levels become numbers.
    package var normalisation: Normalisation

    /// Describes a batch.
    ///
    /// - Parameters:
    ///   - width: Output columns.
    ///   - height: Output rows.
    ///   - crops: The crops.
    ///   - normalisation: How levels become numbers.
    package init(
        width: Int,
        height: Int,
        crops: [Crop],
        normalisation: Normalisation = Normalisation()
    ) {
        self.width = width
        self.height = height
        self.crops = crops
        self.normalisation = normalisation
    }

    /// Bytes of the whole batch.
    package var byteCount: Int { crops.count * width * height * 3 * 4 }
}

/// How large a picture goes to the model.
package struct PictureSize: Sendable, Hashable, CustomStringConvertible {
    /// Columns.
    package let width: Int
    /// Rows.
    package let height: Int

    /// "1920x1080".
    package var description: String { "\(width)x\(height)" }

    /// Describes a picture.
    ///
    /// - Parameters:
    ///   - width: Columns, at least 1.
    ///   - height: Rows, at least 1.
    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The largest size of the same proportions that has no more pixels than a budget.
    ///
    /// All of the picture is kept, and none is ever enlarged.
    ///
    /// - Parameter budget: Most pixels.
    package func fitting(_ budget: Int) -> PictureSize {
        guard width * height > budget else { return self }
        let scale = (Double(budget) / Double(width * height)).squareRoot()
        // The shorter side keeps a pixel at least, and then the longer one decides.
        if Double(min(width, height)) * scale < 1 {
            let long = max(1, min(budget, max(width, height)))
            return width > height
                ? PictureSize(width: long, height: 1) : PictureSize(width: 1, height: long)
        }
        return PictureSize(
            width: max(1, Int(Double(width) * scale)),
            height: max(1, Int(Double(height) * scale))
        )
    }
}

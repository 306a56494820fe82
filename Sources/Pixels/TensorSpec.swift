/// A picture as a tensor: resized into a rectangle of the output, the rest filled.
package struct TensorSpec: Sendable, Hashable {
    /// Output columns.
    package var width: Int
    /// Output rows.
    package var height: Int
    /// Where the picture goes; it lies inside the output.
    package var content: PixelRectangle
    /// How levels become numbers; without meaning for `u8` except its order and fill.
    package var normalisation: Normalisation
    /// How channels lie.
    package var layout: PixelLayout
    /// The type of the numbers.
    package var element: PixelElement
    /// How the picture is resized.
    package var kernel: ResizeKernel

    /// Describes a tensor.
    ///
    /// - Parameters:
    ///   - width: Output columns.
    ///   - height: Output rows.
    ///   - content: Where the picture goes; the whole output by default.
    ///   - normalisation: How levels become numbers.
    ///   - layout: How channels lie.
    ///   - element: The type of the numbers.
    ///   - kernel: How the picture is resized.
    package init(
        width: Int,
        height: Int,
        content: PixelRectangle? = nil,
        normalisation: Normalisation = Normalisation(),
        layout: PixelLayout = .nchw,
        element: PixelElement = .f32,
        kernel: ResizeKernel = .linear
    ) {
        self.width = width
        self.height = height
        self.content = content ?? PixelRectangle(x: 0, y: 0, width: width, height: height)
        self.normalisation = normalisation
        self.layout = layout
        self.element = element
        self.kernel = kernel
    }

    /// Bytes of the whole tensor.
    package var byteCount: Int { width * height * 3 * element.size }
}

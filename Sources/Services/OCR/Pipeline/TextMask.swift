/// The pixels of a detection map that belong to text, one bit each.
///
/// A row is `wordsPerRow` words, the lowest bit leftmost; bits beyond the width are clear.
package struct TextMask {
    /// The width of the map, in pixels.
    package let width: Int
    /// The height of the map, in pixels.
    package let height: Int
    /// How many words a row has.
    package let wordsPerRow: Int
    /// The bits, row by row.
    package private(set) var words: [UInt64]

    /// Marks every pixel above a threshold, then dilates by one pixel to the right and downwards.
    ///
    /// The dilation joins letters that touch only by a corner and, since the rectangle around
    /// pixel positions is one short of the area that the pixels cover, makes those positions the
    /// edges of the marked area. A value that is not a number is marked too: the score of its area
    /// will not be one either, which reports a broken engine instead of a page without text.
    ///
    /// - Precondition: Both sides are positive and the map holds `width * height` values.
    /// - Parameters:
    ///   - map: The values, row by row.
    ///   - width: The width of the map, in pixels.
    ///   - height: The height of the map, in pixels.
    ///   - threshold: The value above which a pixel is marked.
    package init(map: Span<Float>, width: Int, height: Int, threshold: Float) {
        precondition(width > 0 && height > 0, "a map has at least one pixel")
        precondition(map.count == width * height, "a map has one value for each pixel")
        self.width = width
        self.height = height
        wordsPerRow = (width + 63) / 64
        words = [UInt64](repeating: 0, count: wordsPerRow * height)
        unsafe map.withUnsafeBufferPointer { values in
            unsafe mark(values, threshold: threshold)
        }
        dilate()
    }

    private mutating func mark(_ map: UnsafeBufferPointer<Float>, threshold: Float) {
        // Sound: the initialiser checked the count, and every index below stays within one row.
        let whole = width / 64
        for row in 0..<height {
            let start = row * width
            for word in 0..<whole {
                let block = unsafe UnsafeBufferPointer(
                    rebasing: unsafe map[(start + word * 64)..<(start + word * 64 + 64)]
                )
                unsafe words[row * wordsPerRow + word] = TextMask.bits(block, threshold)
            }
            for column in (whole * 64)..<width where unsafe !(map[start + column] <= threshold) {
                words[row * wordsPerRow + column / 64] |= 1 << UInt64(column % 64)
            }
        }
    }

    /// One bit for each of 64 values, set unless the value is at most the threshold.
    private static func bits(_ block: UnsafeBufferPointer<Float>, _ threshold: Float) -> UInt64 {
        let base = UnsafeRawBufferPointer(block)
        let limit = SIMD16<Float>(repeating: threshold)
        let weights = SIMD16<Int32>(
            1,
            2,
            4,
            8,
            16,
            32,
            64,
            128,
            256,
            512,
            1024,
            2048,
            4096,
            8192,
            16384,
            32768
        )
        var word: UInt64 = 0
        for part in 0..<4 {
            let values = unsafe base.loadUnaligned(
                fromByteOffset: part * 64,
                as: SIMD16<Float>.self
            )
            let marked = SIMD16<Int32>.zero.replacing(
                with: weights,
                where: .!(values .<= limit)
            )
            word |= UInt64(truncatingIfNeeded: marked.wrappedSum()) << UInt64(part * 16)
        }
        return word
    }

    private mutating func dilate() {
        let tail = width % 64
        let lastBits: UInt64 = tail == 0 ? .max : (1 << UInt64(tail)) - 1
        // Upwards, so that the row above is still as it was marked.
        for row in stride(from: height - 1, through: 0, by: -1) {
            var carry: UInt64 = 0
            for word in 0..<wordsPerRow {
                let index = row * wordsPerRow + word
                let column = row > 0 ? words[index] | words[index - wordsPerRow] : words[index]
                words[index] = column | column << 1 | carry
                carry = column >> 63
            }
            words[row * wordsPerRow + wordsPerRow - 1] &= lastBits
        }
    }
}

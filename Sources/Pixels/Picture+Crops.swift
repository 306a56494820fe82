extension Picture {
    /// Writes crops as a batch.
    ///
    /// Each number is sampled once, bilinearly, straight from this picture, so nothing is blurred
    /// twice; where a crop shrinks by more than two, the samples under an output pixel are averaged.
    /// Beyond the picture its edge goes on.
    ///
    /// - Parameters:
    ///   - spec: The crops; coordinates are finite, widths from 1 to the output's.
    ///   - output: Aligned to four bytes, at least `spec.byteCount` long.
    /// - Complexity: O(output pixels + source pixels under shrunken crops); one core, no memory.
    package func write(_ spec: CropSpec, to output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= spec.byteCount, "the output holds the batch")
        let plane = spec.width * spec.height
        guard let base = output.baseAddress else { return }
        let numbers = unsafe base.bindMemory(
            to: Float.self,
            capacity: 3 * plane * spec.crops.count
        )
        let sampler = Sampler(self, spec.normalisation)
        for (index, crop) in spec.crops.enumerated() {
            unsafe sampler.write(crop, spec, to: numbers + 3 * plane * index)
        }
    }
}

/// Samples one picture along perspective rows.
@safe
private struct Sampler {
    private let picture: Picture
    private let limit: SIMD2<Float>
    private let scale: SIMD4<Float>
    private let bias: SIMD4<Float>
    private let fill: SIMD4<Float>
    private let planes: [Int]

    /// Most samples along one axis that are averaged for one output pixel.
    private static let maximumSamples = 32

    init(_ picture: Picture, _ normalisation: Normalisation) {
        self.picture = picture
        limit = SIMD2(Float(picture.width - 1), Float(picture.height - 1))
        let (factors, summands) = normalisation.affine
        scale = SIMD4(factors[0], factors[1], factors[2], 0)
        bias = SIMD4(summands[0], summands[1], summands[2], 0)
        let colour = normalisation.fill
        fill = SIMD4(colour[0], colour[1], colour[2], 0) * scale + bias
        planes = (0..<3).map { normalisation.output(of: $0) }
    }

    func write(_ crop: Crop, _ spec: CropSpec, to item: UnsafeMutablePointer<Float>) {
        let size = crop.turnedSize
        let countX = Self.samples(size.width / Double(crop.width))
        let countY = Self.samples(size.height / Double(spec.height))
        let map = crop.projection(height: spec.height)
        let plane = spec.width * spec.height
        for y in 0..<spec.height {
            let start = y * spec.width
            let red = unsafe item + planes[0] * plane + start
            let green = unsafe item + planes[1] * plane + start
            let blue = unsafe item + planes[2] * plane + start
            if countX == 1 && countY == 1 {
                let row = Line(map, y: Double(y))
                for x in 0..<crop.width {
                    let colour = sample(row.point(Float(x))) * scale + bias
                    unsafe red[x] = colour.x
                    unsafe green[x] = colour.y
                    unsafe blue[x] = colour.z
                }
            } else {
                let rows = Self.offsets(countY).map { Line(map, y: Double(y) + $0) }
                let offsets = Self.offsets(countX).map { Float($0) }
                let share = 1 / Float(countX * countY)
                for x in 0..<crop.width {
                    let sum = sum(rows, offsets, at: Float(x))
                    let colour = sum * (scale * share) + bias
                    unsafe red[x] = colour.x
                    unsafe green[x] = colour.y
                    unsafe blue[x] = colour.z
                }
            }
            for x in crop.width..<max(crop.width, spec.width) {
                unsafe red[x] = fill.x
                unsafe green[x] = fill.y
                unsafe blue[x] = fill.z
            }
        }
    }

    /// How many samples along one axis cover a step of so many source pixels.
    private static func samples(_ step: Double) -> Int {
        step > 2 ? min(maximumSamples, Int(step.rounded(.up))) : 1
    }

    /// Evenly spaced positions inside an output pixel, relative to its centre.
    private static func offsets(_ count: Int) -> [Double] {
        (0..<count).map { (Double($0) + 0.5) / Double(count) - 0.5 }
    }

    private func sum(_ rows: [Line], _ offsets: [Float], at x: Float) -> SIMD4<Float> {
        var sum = SIMD4<Float>()
        for row in rows {
            for offset in offsets { sum += sample(row.point(x + offset)) }
        }
        return sum
    }

    @inline(__always)
    private func sample(_ point: SIMD2<Float>) -> SIMD4<Float> {
        // A point at infinity of a degenerate crop is no number; the order of the arguments makes
        // that zero, so the conversions below cannot trap.
        let x = max(0, min(point.x, limit.x))
        let y = max(0, min(point.y, limit.y))
        let (column, row) = (Int(Int32(x)), Int(Int32(y)))
        let right = x - Float(column)
        let down = y - Float(row)
        // Sound: column and row lie inside the picture, so do their successors where they are
        // taken, and a pixel is loaded as four bytes of which the last is slack.
        let stride = picture.width &* 3
        let top = unsafe UnsafeRawPointer(picture.pixels) + row &* stride + column &* 3
        let across = column < picture.width &- 1 ? 3 : 0
        let bottom = unsafe top + (row < picture.height &- 1 ? stride : 0)
        let upper = unsafe Self.load(top) * (1 - right) + Self.load(top + across) * right
        let lower = unsafe Self.load(bottom) * (1 - right) + Self.load(bottom + across) * right
        return upper * (1 - down) + lower * down
    }

    @inline(__always)
    private static func load(_ pixel: UnsafeRawPointer) -> SIMD4<Float> {
        let word = unsafe pixel.loadUnaligned(as: UInt32.self)
        let bytes = SIMD4<UInt32>(word, word >> 8, word >> 16, 0) & SIMD4(repeating: 0xFF)
        return SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: bytes))
    }
}

/// A row of the output in the source: homogeneous coordinates that grow evenly.
private struct Line {
    private let start: SIMD4<Float>
    private let step: SIMD4<Float>

    init(_ map: Projection, y: Double) {
        let m = map.m
        start = SIMD4(
            Float(m[1] * y + m[2]),
            Float(m[4] * y + m[5]),
            Float(m[7] * y + m[8]),
            0
        )
        step = SIMD4(Float(m[0]), Float(m[3]), Float(m[6]), 0)
    }

    @inline(__always)
    func point(_ x: Float) -> SIMD2<Float> {
        let place = start + step * x
        let inverse = 1 / place.z
        return SIMD2(place.x * inverse, place.y * inverse)
    }
}

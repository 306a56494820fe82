extension Picture {
    /// Writes crops as a batch.
    ///
    /// Each number is sampled once, with a cubic filter, straight from this picture, so nothing is
    /// blurred twice; where a crop shrinks by more than two, linear samples under an output pixel
    /// are averaged. Beyond the picture its edge goes on.
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
///
/// DESIGN. The weights of a sample sum to 4096. The three levels of a pixel ride in one 64-bit word,
/// 21 bits each, so one multiplication weighs them all: 255 * 4096 needs 20, and the cubic filter,
/// whose negative weights sum to less than a half, starts from a half to stay positive.
/// Rejected: vectors of four floats, which the compiler takes apart into twelve conversions a sample.
@safe
private struct Sampler {
    /// Keeps the pixels alive.
    private let picture: Picture
    private let pixels: UnsafeRawPointer
    /// Bytes of a row.
    private let stride: Int
    private let lastColumn: Int
    private let lastRow: Int
    private let cubic = CubicTable.shared
    /// For weighed levels of red, green and blue.
    private let scale: [Float]
    private let bias: [Float]
    private let fill: [Float]
    /// The output plane of red, green and blue.
    private let planes: [Int]

    /// Most samples along one axis that are averaged for one output pixel.
    private static let maximumSamples = 32

    init(_ picture: Picture, _ normalisation: Normalisation) {
        self.picture = picture
        unsafe pixels = UnsafeRawPointer(picture.pixels)
        stride = picture.width * 3
        lastColumn = picture.width - 1
        lastRow = picture.height - 1
        let (factors, summands) = normalisation.affine
        scale = factors.map { $0 / 4096 }
        bias = summands
        fill = (0..<3).map { normalisation.fill[$0] * factors[$0] + summands[$0] }
        planes = (0..<3).map { normalisation.output(of: $0) }
    }

    func write(_ crop: Crop, _ spec: CropSpec, to item: UnsafeMutablePointer<Float>) {
        let size = crop.turnedSize
        let countX = Self.samples(size.width / Double(crop.width))
        let countY = Self.samples(size.height / Double(spec.height))
        let map = crop.projection(height: spec.height)
        let plane = spec.width * spec.height
        for y in 0..<spec.height {
            let starts = unsafe planes.map { unsafe item + $0 * plane + y * spec.width }
            if countX == 1 && countY == 1 {
                unsafe writeSamples(Line(map, y: Double(y)), crop.width, to: starts)
            } else {
                let rows = Self.offsets(countY).map { Line(map, y: Double(y) + $0) }
                unsafe writeMeans(rows, Self.offsets(countX), crop.width, to: starts)
            }
            for channel in 0..<3 {
                let start = unsafe starts[channel]
                for x in crop.width..<max(crop.width, spec.width) {
                    unsafe start[x] = fill[channel]
                }
            }
        }
    }

    private func writeSamples(
        _ line: Line,
        _ count: Int,
        to starts: [UnsafeMutablePointer<Float>]
    ) {
        let (red, green, blue) = unsafe (starts[0], starts[1], starts[2])
        let (redScale, greenScale, blueScale) = (scale[0], scale[1], scale[2])
        let (redBias, greenBias, blueBias) = (bias[0], bias[1], bias[2])
        let span = line.span(over: count, within: Double(max(lastColumn, lastRow)))
        var next = line.point(0)
        for first in Swift.stride(from: 0, to: count, by: span) {
            var place = next
            next = line.point(Double(first + span))
            let step = Place(x: (next.x - place.x) / span, y: (next.y - place.y) / span)
            for x in first..<min(first + span, count) {
                let levels = cubicSample(place)
                unsafe red[x] = Float(levels.red) * redScale + redBias
                unsafe green[x] = Float(levels.green) * greenScale + greenBias
                unsafe blue[x] = Float(levels.blue) * blueScale + blueBias
                place.x &+= step.x
                place.y &+= step.y
            }
        }
    }

    private func writeMeans(
        _ rows: [Line],
        _ offsets: [Double],
        _ count: Int,
        to starts: [UnsafeMutablePointer<Float>]
    ) {
        let share = 1 / Float(rows.count * offsets.count)
        for x in 0..<count {
            // At most 1024 samples of 20 bits.
            var (red, green, blue): (Int32, Int32, Int32) = (0, 0, 0)
            for row in rows {
                for offset in offsets {
                    let levels = sample(row.point(Double(x) + offset))
                    red += levels.red
                    green += levels.green
                    blue += levels.blue
                }
            }
            unsafe starts[0][x] = Float(red) * (scale[0] * share) + bias[0]
            unsafe starts[1][x] = Float(green) * (scale[1] * share) + bias[1]
            unsafe starts[2][x] = Float(blue) * (scale[2] * share) + bias[2]
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

    @inline(__always)
    private func cubicSample(_ place: Place) -> Levels {
        let shift = Place.fraction - CubicTable.bits
        // To the nearest step, and no further outside than where only the edge is seen.
        let x = max(-1 &<< Place.fraction, min(place.x, (lastColumn + 1) &<< Place.fraction))
        let y = max(-1 &<< Place.fraction, min(place.y, (lastRow + 1) &<< Place.fraction))
        let (right, down) = ((x &+ 1 &<< (shift - 1)) &>> shift, (y &+ 1 &<< (shift - 1)) &>> shift)
        let mask = 1 << CubicTable.bits - 1
        let cell = ((down & mask) &<< CubicTable.bits | right & mask) &<< 4
        let (column, row) = (right &>> CubicTable.bits - 1, down &>> CubicTable.bits - 1)
        // Sound: the cell has 16 weights, and the pixels lie inside the picture; each is loaded as
        // four bytes of which the last is slack. Most samples need no look at the edges.
        return unsafe cubic.weights.withUnsafeBufferPointer { table in
            let weights = unsafe table.baseAddress.unsafelyUnwrapped + cell
            if column >= 0 && row >= 0 && column + 3 <= lastColumn && row + 3 <= lastRow {
                let corner = unsafe pixels + (row &* stride &+ column &* 3)
                return unsafe Self.weigh(weights) { unsafe corner + ($1 &* stride &+ $0 &* 3) }
            }
            return unsafe Self.weigh(weights) {
                let x = max(0, min(column + $0, lastColumn))
                let y = max(0, min(row + $1, lastRow))
                return unsafe pixels + (y &* stride &+ x &* 3)
            }
        }
    }

    /// Weighs 4 × 4 pixels, given by column and row.
    @inline(__always)
    private static func weigh(
        _ weights: UnsafePointer<Int16>,
        _ pixel: (Int, Int) -> UnsafeRawPointer
    ) -> Levels {
        var packed = Levels.cubicBias
        for row in 0..<4 {
            for column in 0..<4 {
                let weight = unsafe Int(weights[4 &* row &+ column])
                packed &+= unsafe load(pixel(column, row)) &* weight
            }
        }
        return Levels(cubic: packed)
    }

    @inline(__always)
    private func sample(_ place: Place) -> Levels {
        let x = max(0, min(place.x, lastColumn &<< Place.fraction)) &>> (Place.fraction - 11)
        let y = max(0, min(place.y, lastRow &<< Place.fraction)) &>> (Place.fraction - 11)
        let (column, row) = (x &>> 11, y &>> 11)
        let (right, down) = (x & 2047, y & 2047)
        let corner = (right &* down) &>> 10
        let (side, foot) = (right &* 2 &- corner, down &* 2 &- corner)
        // Sound: column and row lie inside the picture, so do their successors where they are
        // taken, and a pixel is loaded as four bytes of which the last is slack.
        let top = unsafe pixels + (row &* stride &+ column &* 3)
        let across = column < lastColumn ? 3 : 0
        let bottom = unsafe top + (row < lastRow ? stride : 0)
        let upper =
            unsafe Self.load(top) &* (4096 &- side &- foot &- corner)
            &+ Self.load(top + across) &* side
        let lower = unsafe Self.load(bottom) &* foot &+ Self.load(bottom + across) &* corner
        return Levels(packed: upper &+ lower)
    }

    @inline(__always)
    private static func load(_ pixel: UnsafeRawPointer) -> Int {
        let word = Int(unsafe pixel.loadUnaligned(as: UInt32.self))
        return (word & 0xFF) | (word & 0xFF00) &<< 13 | (word & 0xFF_0000) &<< 26
    }
}

/// Weighed levels of one sample, 4096 times those of a pixel.
private struct Levels {
    private let packed: Int

    private let bias: Int32

    /// Where the sums of a cubic sample start from, in each of the three levels.
    static let cubicBias = 1 << 19 | 1 << 40 | 1 << 61

    @inline(__always)
    init(packed: Int) {
        self.packed = packed
        bias = 0
    }

    @inline(__always)
    init(cubic packed: Int) {
        self.packed = packed
        bias = 1 << 19
    }

    var red: Int32 { level(packed & 0x1F_FFFF) }
    var green: Int32 { level(packed &>> 21 & 0x1F_FFFF) }
    var blue: Int32 { level(packed &>> 42 & 0x1F_FFFF) }

    /// The filter overshoots beside edges; no level is under 0 or over 255.
    @inline(__always)
    private func level(_ sum: Int) -> Int32 {
        max(0, min(Int32(truncatingIfNeeded: sum) &- bias, 255 * 4096))
    }
}

/// A point of the source in whole numbers, `fraction` bits of them behind the point.
private struct Place {
    static let fraction = 20

    var x: Int
    var y: Int
}

/// A row of the output in the source: homogeneous coordinates that grow evenly.
private struct Line {
    private let start: (x: Double, y: Double, w: Double)
    private let step: (x: Double, y: Double, w: Double)

    init(_ map: Projection, y: Double) {
        let m = map.m
        start = (m[1] * y + m[2], m[4] * y + m[5], m[7] * y + m[8])
        step = (m[0], m[3], m[6])
    }

    /// How many pixels may be stepped evenly between exact points: 8 where that is never more than
    /// a fiftieth of a source pixel off, else 1.
    ///
    /// Over n pixels the error is n² / 8 times the second derivative, which is at most twice the
    /// relative growth of w times the step.
    func span(over count: Int, within extent: Double) -> Int {
        let end = start.w + step.w * Double(count + 8)
        let nearest = min(abs(start.w), abs(end))
        guard start.w * end > 0 else { return 1 }
        let growth = abs(step.w) / nearest
        let reach = max(abs(step.x), abs(step.y)) / nearest
        return 16 * growth * (reach + growth * extent) < 0.02 ? 8 : 1
    }

    func point(_ x: Double) -> Place {
        let inverse = 1 / (start.w + step.w * x)
        return Place(
            x: Self.fixed((start.x + step.x * x) * inverse),
            y: Self.fixed((start.y + step.y * x) * inverse)
        )
    }

    private static func fixed(_ coordinate: Double) -> Int {
        // Far outside every picture. A point at infinity of a degenerate crop is no number, which
        // compares false and becomes the lower limit.
        let limit = 1e9
        let bounded = coordinate > -limit ? (coordinate < limit ? coordinate : limit) : -limit
        return Int(bounded * Double(1 << Place.fraction))
    }
}

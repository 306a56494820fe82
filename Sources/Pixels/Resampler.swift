/// Brings a picture to another size, one output row at a time, as floating-point numbers.
///
/// DESIGN. Each output row first mixes whole source rows (contiguous, so the compiler vectorises it,
/// and every source byte is read once or twice in order), applies the affine conversion of levels,
/// and then mixes neighbours along the mixed row into its three destinations. Rejected: the other
/// order, which gathers bytes for every source row.
@safe
struct Resampler: ~Copyable {
    private let source: Picture
    private let across: Taps
    private let down: Taps
    private let length: Int
    private let line: UnsafeMutablePointer<Float>
    private let scale: UnsafeMutablePointer<Float>
    private let bias: UnsafeMutablePointer<Float>

    /// Where the three source channels of one output row go.
    @safe
    struct Row {
        /// The first number of each channel, red first.
        let starts: [UnsafeMutablePointer<Float>]
        /// Numbers from one pixel to the next.
        let stride: Int
    }

    /// Prepares the tables.
    init(
        _ source: Picture,
        width: Int,
        height: Int,
        kernel: ResizeKernel,
        scale factors: [Float],
        bias summands: [Float]
    ) {
        self.source = source
        across = Taps(source: source.width, target: width, kernel: kernel)
        down = Taps(source: source.height, target: height, kernel: kernel)
        length = source.width * 3
        unsafe line = .allocate(capacity: length)
        unsafe scale = .allocate(capacity: length)
        unsafe bias = .allocate(capacity: length)
        for index in 0..<length {
            unsafe scale[index] = factors[index % 3]
            unsafe bias[index] = summands[index % 3]
        }
    }

    deinit {
        unsafe line.deallocate()
        unsafe scale.deallocate()
        unsafe bias.deallocate()
    }

    /// Computes one output row.
    func write(row: Int, to destination: Row) {
        mixRows(row)
        if across.count == 2 {
            mixPairs(destination)
        } else {
            mixMany(destination)
        }
    }

    private func mixRows(_ row: Int) {
        // Sound: a tap table only names rows of the picture, and `line` is one source row long.
        let base = unsafe source.pixels + Int(down.starts[row]) * length
        let weights = down.weights[row * down.count..<(row + 1) * down.count]
        let first = weights[weights.startIndex]
        if down.count == 2 {
            let second = weights[weights.startIndex + 1]
            let below = unsafe base + length
            for index in 0..<length {
                let mixed = unsafe Float(base[index]) * first + Float(below[index]) * second
                unsafe line[index] = mixed * scale[index] + bias[index]
            }
            return
        }
        for index in 0..<length { unsafe line[index] = Float(base[index]) * first }
        for (offset, weight) in weights.enumerated().dropFirst() where weight != 0 {
            let next = unsafe base + offset * length
            for index in 0..<length { unsafe line[index] += Float(next[index]) * weight }
        }
        for index in 0..<length { unsafe line[index] = line[index] * scale[index] + bias[index] }
    }

    private func mixPairs(_ row: Row) {
        let (red, green, blue) = unsafe (row.starts[0], row.starts[1], row.starts[2])
        let stride = row.stride
        let count = across.starts.count
        // Sound: as above, along the row; the loop is the hot one, so it indexes raw memory.
        unsafe across.starts.withUnsafeBufferPointer { starts in
            unsafe across.weights.withUnsafeBufferPointer { weights in
                for x in 0..<count {
                    let pixel = unsafe line + Int(starts[x]) &* 3
                    let (left, right) = unsafe (weights[2 &* x], weights[2 &* x &+ 1])
                    let place = x &* stride
                    unsafe red[place] = pixel[0] * left + pixel[3] * right
                    unsafe green[place] = pixel[1] * left + pixel[4] * right
                    unsafe blue[place] = pixel[2] * left + pixel[5] * right
                }
            }
        }
    }

    private func mixMany(_ row: Row) {
        let taps = across.count
        let count = across.starts.count
        unsafe across.starts.withUnsafeBufferPointer { starts in
            unsafe across.weights.withUnsafeBufferPointer { weights in
                for x in 0..<count {
                    let pixel = unsafe line + Int(starts[x]) &* 3
                    var (red, green, blue): (Float, Float, Float) = (0, 0, 0)
                    for tap in 0..<taps {
                        let weight = unsafe weights[x &* taps &+ tap]
                        unsafe red += pixel[3 &* tap] * weight
                        unsafe green += pixel[3 &* tap &+ 1] * weight
                        unsafe blue += pixel[3 &* tap &+ 2] * weight
                    }
                    unsafe row.starts[0][x &* row.stride] = red
                    unsafe row.starts[1][x &* row.stride] = green
                    unsafe row.starts[2][x &* row.stride] = blue
                }
            }
        }
    }
}

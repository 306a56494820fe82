extension Picture {
    /// Writes this picture as a tensor.
    ///
    /// - Parameters:
    ///   - spec: A description whose content lies inside its output.
    ///   - output: Aligned to four bytes for `f32`, at least `spec.byteCount` long.
    /// - Complexity: O(output pixels), and O(source pixels) for `area`; one core, no other memory than
    ///   a few rows.
    package func write(_ spec: TensorSpec, to output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= spec.byteCount, "the output holds the tensor")
        precondition(spec.isConsistent, "the content lies inside the output")
        guard let base = output.baseAddress else { return }
        switch spec.element {
        case .f32:
            let count = spec.width * spec.height * 3
            unsafe writeFloats(spec, to: base.bindMemory(to: Float.self, capacity: count))
        case .u8: unsafe writeBytes(spec, to: base.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// This picture in another size: by area where it shrinks, linear where it grows.
    ///
    /// - Parameters:
    ///   - width: Columns.
    ///   - height: Rows.
    package func resized(width: Int, height: Int) -> Picture {
        let result = Picture(width: width, height: height)
        let spec = TensorSpec(
            width: width,
            height: height,
            layout: .nhwc,
            element: .u8,
            kernel: .area
        )
        result.write(from: self, spec)
        return result
    }

    private func write(from source: Picture, _ spec: TensorSpec) {
        unsafe source.write(
            spec,
            to: UnsafeMutableRawBufferPointer(start: pixels, count: byteCount)
        )
    }

    private func writeFloats(_ spec: TensorSpec, to base: UnsafeMutablePointer<Float>) {
        let (scale, bias) = spec.normalisation.affine
        let fill = (0..<3).map { spec.normalisation.fill[$0] * scale[$0] + bias[$0] }
        let content = spec.content
        let resampler = Resampler(
            self,
            width: content.width,
            height: content.height,
            kernel: spec.kernel,
            scale: scale,
            bias: bias
        )
        for y in 0..<spec.height {
            let starts = unsafe spec.rowStarts(base, y)
            let row = y - content.y
            guard row >= 0, row < content.height else {
                unsafe Self.fill(starts, 0..<spec.width, spec.pixelStride, fill)
                continue
            }
            unsafe Self.fill(starts, 0..<content.x, spec.pixelStride, fill)
            let rest = content.x + content.width..<spec.width
            unsafe Self.fill(starts, rest, spec.pixelStride, fill)
            let shifted = unsafe starts.map { unsafe $0 + content.x * spec.pixelStride }
            resampler.write(row: row, to: unsafe .init(starts: shifted, stride: spec.pixelStride))
        }
    }

    private func writeBytes(_ spec: TensorSpec, to base: UnsafeMutablePointer<UInt8>) {
        let content = spec.content
        let levels = spec.normalisation.fill.map(Self.level)
        let resampler = Resampler(
            self,
            width: content.width,
            height: content.height,
            kernel: spec.kernel,
            scale: [1, 1, 1],
            bias: [0, 0, 0]
        )
        let line = UnsafeMutablePointer<Float>.allocate(capacity: content.width * 3)
        defer { unsafe line.deallocate() }
        let channels = unsafe (0..<3).map { unsafe line + $0 * content.width }
        for y in 0..<spec.height {
            let starts = unsafe spec.rowStarts(base, y)
            let row = y - content.y
            unsafe Self.fill(starts, 0..<spec.width, spec.pixelStride, levels)
            guard row >= 0, row < content.height else { continue }
            resampler.write(row: row, to: unsafe .init(starts: channels, stride: 1))
            for channel in 0..<3 {
                let target = unsafe starts[channel] + content.x * spec.pixelStride
                let numbers = unsafe channels[channel]
                for x in 0..<content.width {
                    unsafe target[x * spec.pixelStride] = Self.level(numbers[x])
                }
            }
        }
    }

    private static func level(_ number: Float) -> UInt8 {
        // Cubic weights overshoot.
        UInt8(max(0, min(255, number.rounded())))
    }

    private static func fill<Number>(
        _ starts: [UnsafeMutablePointer<Number>],
        _ columns: Range<Int>,
        _ stride: Int,
        _ values: [Number]
    ) {
        for channel in 0..<3 {
            let start = unsafe starts[channel]
            for x in columns { unsafe start[x * stride] = values[channel] }
        }
    }
}

extension TensorSpec {
    /// Whether the content has a size and lies inside the output.
    package var isConsistent: Bool {
        width > 0 && height > 0 && content.width > 0 && content.height > 0 && content.x >= 0
            && content.y >= 0 && content.x <= width - content.width
            && content.y <= height - content.height
    }

    /// Numbers from one pixel to its right neighbour.
    var pixelStride: Int { layout == .nchw ? 1 : 3 }

    /// Where red, green and blue of an output row begin.
    func rowStarts<Number>(
        _ base: UnsafeMutablePointer<Number>,
        _ row: Int
    ) -> [UnsafeMutablePointer<Number>] {
        unsafe (0..<3).map { channel in
            let output = normalisation.output(of: channel)
            return switch layout {
            case .nchw: unsafe base + (output * height + row) * width
            case .nhwc: unsafe base + row * width * 3 + output
            }
        }
    }
}

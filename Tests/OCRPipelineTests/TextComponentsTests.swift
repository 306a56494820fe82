import OCRPipeline
import Testing

@Suite struct TextComponentsTests {
    /// The areas that a flood fill finds, each as its pixels.
    private func flood(_ marked: Set<SIMD2<Int>>) -> Set<Set<SIMD2<Int>>> {
        var rest = marked
        var areas: Set<Set<SIMD2<Int>>> = []
        while let seed = rest.popFirst() {
            var area: Set = [seed]
            var open = [seed]
            while let pixel = open.popLast() {
                for dy in -1...1 {
                    for dx in -1...1 {
                        if let next = rest.remove(SIMD2(pixel.x + dx, pixel.y + dy)) {
                            area.insert(next)
                            open.append(next)
                        }
                    }
                }
            }
            areas.insert(area)
        }
        return areas
    }

    @Test(arguments: [(1, 1), (1, 200), (200, 1), (63, 9), (64, 9), (65, 9), (130, 40), (128, 33)])
    func marksDilatesAndGroupsLikeTheDefinition(width: Int, height: Int) {
        var source = SmallGenerator(seed: UInt64(width * 1000 + height))
        for density in [0, 5, 10, 20, 60, 100] {
            let map = (0..<(width * height)).map { _ in
                source.next() % 100 < UInt64(density) ? Float(0.8) : 0.3
            }
            var marked: Set<SIMD2<Int>> = []
            for y in 0..<height {
                for x in 0..<width where map[y * width + x] > 0.3 {
                    for dy in 0...1 {
                        for dx in 0...1 where x + dx < width && y + dy < height {
                            marked.insert(SIMD2(x + dx, y + dy))
                        }
                    }
                }
            }
            let mask = TextMask(map: map.span, width: width, height: height, threshold: 0.3)
            let components = TextComponents(mask)
            let areas = components.areas.map { area in
                Set(
                    components.runs[area].flatMap { run in
                        (run.start...run.end).map { SIMD2(Int($0), Int(run.row)) }
                    }
                )
            }
            #expect(Set(areas) == flood(marked))
            #expect(areas.count == Set(areas).count)
        }
    }
}

/// Repeatable numbers: a 64-bit linear congruence, its upper half.
struct SmallGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}

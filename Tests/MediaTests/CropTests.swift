import DeviceProtocol
import MediaClient
import Pixels
import Testing

@Suite struct CropTests {
    struct Golden: Sendable {
        let name: String
        let quad: [Double]
        let turn: Int
        let width: Int
        let height: Int
    }

    static let middle: [Float] = [127.5, 127.5, 127.5]
    static let leaning: [Double] = [60, 10, 90, 14, 84, 110, 54, 104]
    static let golden = [
        Golden(
            name: "straight",
            quad: [20, 30, 120, 30, 120, 60, 20, 60],
            turn: 0,
            width: 96,
            height: 24
        ),
        Golden(
            name: "rotated",
            quad: [30, 20, 130, 45, 120, 80, 22, 55],
            turn: 0,
            width: 90,
            height: 24
        ),
        Golden(
            name: "perspective",
            quad: [15, 25, 140, 10, 135, 90, 20, 70],
            turn: 0,
            width: 110,
            height: 32
        ),
        Golden(name: "turned-90", quad: leaning, turn: 90, width: 80, height: 24),
        Golden(
            name: "turned-180",
            quad: [20, 30, 120, 34, 118, 64, 18, 60],
            turn: 180,
            width: 96,
            height: 24
        ),
        Golden(name: "turned-270", quad: leaning, turn: 270, width: 80, height: 24),
        Golden(
            name: "outside",
            quad: [-20, -10, 60, -6, 58, 30, -22, 26],
            turn: 0,
            width: 72,
            height: 24
        ),
    ]

    @Test func cutsLikeTheReference() async throws {
        try await withPool { pool in
            try await pool.withFixture("smooth.png") { image in
                for item in Self.golden {
                    let levels = try await Self.cut(image, item)
                    let expected = try Fixture("golden-crop-\(item.name).rgb").bytes
                    let difference = Difference(levels, expected)
                    #expect(difference.mean <= 0.45, "\(item.name): \(difference)")
                    #expect(difference.largest <= 2, "\(item.name): \(difference)")
                }
            }
        }
    }

    @Test func averagesWhereACropShrinks() async throws {
        try await withPool { pool in
            // The blue channel is a board of hard squares: single samples would be 20 or 230.
            try await pool.withFixture("texture.png") { image in
                let item = Golden(
                    name: "",
                    quad: [0, 0, 60, 0, 60, 46, 0, 46],
                    turn: 0,
                    width: 6,
                    height: 4
                )
                let levels = try await Self.cut(image, item)
                let blues = stride(from: 2, to: levels.count, by: 3).map { levels[$0] }
                #expect(blues.allSatisfy { (80...170).contains($0) }, "\(blues)")
            }
        }
    }

    @Test func fillsTheRestOfEachItem() async throws {
        try await withPool { pool in
            try await pool.withFixture("rgb.png") { image in
                let whole: [Double] = [0, 0, 48, 0, 48, 32, 0, 32]
                let spec = CropSpec(
                    width: 40,
                    height: 16,
                    crops: [Crop(quad: whole, width: 24), Crop(quad: whole, width: 40, turn: 180)],
                    normalisation: Normalisation(mean: [0.5, 0.5, 0.5], fill: Self.middle)
                )
                let buffer = try SharedBuffer(size: spec.byteCount)
                try await image.crops(spec, into: buffer)
                let numbers = buffer.floats(2 * 3 * 16 * 40)
                // First item: red at the left, filled from column 24 on.
                #expect(abs(numbers[0] - 0.5) < 1e-6)
                #expect(abs(numbers[24]) < 1e-6)
                #expect(abs(numbers[39]) < 1e-6)
                // Second item, upside down: it begins with the yellow corner.
                #expect(abs(numbers[3 * 640] - 0.5) < 1e-6)
                #expect(abs(numbers[4 * 640] - 0.5) < 1e-6)
                #expect(abs(numbers[5 * 640] + 0.5) < 1e-6)
            }
        }
    }

    @Test func survivesDegenerateCrops() async throws {
        try await withPool { pool in
            try await pool.withFixture("rgb.png") { image in
                let quads: [[Double]] = [
                    [5, 5, 5, 5, 5, 5, 5, 5],
                    [0, 0, 10, 0, 20, 0, 30, 0],
                    [0, 0, 40, 30, 40, 0, 0, 30],
                    [-1e6, -1e6, 1e6, -1e6, 1e6, 1e6, -1e6, 1e6],
                ]
                let spec = CropSpec(
                    width: 32,
                    height: 16,
                    crops: quads.map { Crop(quad: $0, width: 32) }
                )
                let buffer = try SharedBuffer(size: spec.byteCount)
                try await image.crops(spec, into: buffer)
                let numbers = buffer.floats(spec.byteCount / 4)
                #expect(numbers.allSatisfy { (-0.001...1.001).contains($0) })
            }
        }
    }

    /// The levels of one crop, red, green and blue side by side.
    private static func cut(_ image: MediaImage, _ item: Golden) async throws -> [Float] {
        let spec = CropSpec(
            width: item.width,
            height: item.height,
            crops: [Crop(quad: item.quad, width: item.width, turn: item.turn)],
            normalisation: Normalisation(std: Array(repeating: 1 / 255, count: 3))
        )
        let buffer = try SharedBuffer(size: spec.byteCount)
        try await image.crops(spec, into: buffer)
        let plane = item.width * item.height
        let numbers = buffer.floats(3 * plane)
        return (0..<plane).flatMap { [numbers[$0], numbers[plane + $0], numbers[2 * plane + $0]] }
    }
}

import DeviceProtocol
import MediaClient
import MediaProtocol
import Pixels
import Testing

@Suite struct TensorTests {
    struct Golden: Sendable {
        let name: String
        let width: Int
        let height: Int
        let kernel: ResizeKernel
        /// The reference rounds its weights, more coarsely for four taps.
        var tolerance = 1.0
    }

    static let golden = [
        Golden(name: "linear-96x80", width: 96, height: 80, kernel: .linear),
        Golden(name: "linear-50x40", width: 50, height: 40, kernel: .linear),
        Golden(name: "cubic-96x80", width: 96, height: 80, kernel: .cubic),
        Golden(name: "area-20x13", width: 20, height: 13, kernel: .area),
        Golden(name: "area-61x16", width: 61, height: 16, kernel: .area),
    ]

    @Test func resizesLikeTheReference() async throws {
        try await withPool { pool in
            try await pool.withFixture("texture.png") { image in
                for item in Self.golden {
                    let spec = TensorSpec(
                        width: item.width,
                        height: item.height,
                        normalisation: Normalisation(std: Array(repeating: 1 / 255, count: 3)),
                        layout: .nhwc,
                        kernel: item.kernel
                    )
                    let buffer = try SharedBuffer(size: spec.byteCount)
                    try await image.tensor(spec, into: buffer)
                    let levels = buffer.floats(item.width * item.height * 3)
                    let expected = try Fixture("golden-\(item.name).rgb").bytes
                    let clamped = levels.map { max(0, min(255, $0)) }
                    let difference = Difference(clamped, expected)
                    #expect(difference.largest <= item.tolerance, "\(item.name): \(difference)")
                }
            }
        }
    }

    @Test func normalisesOrdersAndFills() async throws {
        try await withPool { pool in
            try await pool.withFixture("rgb.png") { image in
                let spec = TensorSpec(
                    width: 60,
                    height: 40,
                    content: PixelRectangle(x: 6, y: 4, width: 48, height: 32),
                    normalisation: Normalisation(
                        order: .bgr,
                        mean: [0.1, 0.2, 0.3],
                        std: [0.5, 0.25, 0.2],
                        fill: [51, 102, 153]
                    )
                )
                let buffer = try SharedBuffer(size: 16 + spec.byteCount)
                try await image.tensor(spec, into: buffer, offset: 16)
                let numbers = buffer.floats(4 + 60 * 40 * 3).dropFirst(4).map { $0 }
                func pixel(_ x: Int, _ y: Int) -> [Float] {
                    (0..<3).map { numbers[$0 * 60 * 40 + y * 60 + x] }
                }
                let filled: [Float] = [(0.6 - 0.1) / 0.5, (0.4 - 0.2) / 0.25, (0.2 - 0.3) / 0.2]
                let red: [Float] = [-0.1 / 0.5, -0.2 / 0.25, (1 - 0.3) / 0.2]
                for place in [(0, 0), (59, 39), (5, 20), (54, 20), (20, 3), (20, 36)] {
                    #expect(Self.isClose(pixel(place.0, place.1), filled), "\(place)")
                }
                #expect(Self.isClose(pixel(6, 4), red))
                #expect(Self.isClose(pixel(20, 10), red))
            }
        }
    }

    @Test func writesBytesInPlanes() async throws {
        try await withPool { pool in
            try await pool.withFixture("rgb.png") { image in
                let spec = TensorSpec(width: 48, height: 32, layout: .nchw, element: .u8)
                let buffer = try SharedBuffer(size: spec.byteCount)
                try await image.tensor(spec, into: buffer)
                let bytes = buffer.bytes(spec.byteCount)
                #expect([bytes[0], bytes[48 * 32], bytes[2 * 48 * 32]] == [255, 0, 0])
                #expect(bytes.suffix(1) == [0])
            }
        }
    }

    @Test func refusesAnOutputThatIsTooShort() async throws {
        try await withPool { pool in
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("rgb.png") { image in
                    let spec = TensorSpec(width: 640, height: 640)
                    try await image.tensor(spec, into: try SharedBuffer(size: 4096))
                }
            }
            #expect(error?.code == .badRequest)
        }
    }

    private static func isClose(_ left: [Float], _ right: [Float]) -> Bool {
        zip(left, right).allSatisfy { abs($0 - $1) < 1e-4 }
    }
}

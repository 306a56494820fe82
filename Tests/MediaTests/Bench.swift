import DeviceProtocol
import Logging
import MediaClient
import POSIX
import Pixels

/// Runs a test with a pool of real helpers, and ends them afterwards.
func withPool<Result>(
    _ adjust: (inout MediaConfiguration) -> Void = { _ in },
    _ body: (MediaPool) async throws -> Result
) async throws -> Result {
    var configuration = try MediaConfiguration.installed()
    adjust(&configuration)
    let loop = try EventLoop(name: "media-test")
    let logger = Logger(label: "test") { _ in }
    let pool = MediaPool(configuration: configuration, loop: loop, logger: logger)
    do {
        let result = try await body(pool)
        await pool.shutdown()
        loop.stop()
        return result
    } catch {
        await pool.shutdown()
        loop.stop()
        throw error
    }
}

extension MediaPool {
    /// Opens a fixture.
    nonisolated func withFixture<Result>(
        _ name: String,
        maximumPixels: Int = 50_000_000,
        _ body: (MediaImage) async throws -> Result
    ) async throws -> Result {
        let fixture = try Fixture(name)
        return try await withImage(
            try fixture.buffer,
            count: fixture.bytes.count,
            maximumPixels: maximumPixels,
            body
        )
    }
}

extension MediaImage {
    /// The pixels as they are, red, green and blue.
    func pixels() async throws -> [UInt8] {
        let spec = TensorSpec(width: width, height: height, layout: .nhwc, element: .u8)
        let buffer = try SharedBuffer(size: spec.byteCount)
        try await tensor(spec, into: buffer)
        return buffer.bytes(spec.byteCount)
    }

    /// The colours near the corners: top left, top right, bottom left, bottom right.
    func corners() async throws -> [[Int]] {
        let pixels = try await pixels()
        return [(2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3)].map { x, y in
            let start = 3 * (y * width + x)
            return pixels[start..<start + 3].map { Int($0) }
        }
    }
}

/// Whether every corner has the expected colour, give or take.
func isClose(_ left: [[Int]], _ right: [[Int]], within tolerance: Int) -> Bool {
    zip(left.joined(), right.joined()).allSatisfy { abs($0 - $1) <= tolerance }
        && left.joined().count == right.joined().count
}

/// The corners of the fixtures with four quarters.
let quarters = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]

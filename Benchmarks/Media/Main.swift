import DeviceProtocol
import Glibc
import Logging
import MediaClient
import POSIX
import Pixels

/// Prints how long the media helper's work takes: `media-benchmark`, in a release build.
@main
struct MediaBenchmark {
    static func main() async throws {
        try kernels()
        try await helper()
    }

    private static func kernels() throws {
        let page = Picture(width: 1000, height: 1400)
        // Any content will do, but untouched memory would all be one page.
        for index in 0..<page.byteCount { unsafe page.pixels[index] = UInt8(index * 31 & 255) }
        let output = try SharedMemory(size: 64 << 20)
        unsafe output.bytes.initializeMemory(as: UInt8.self, repeating: 1)
        for kernel in [ResizeKernel.linear, .area, .cubic] {
            let spec = TensorSpec(width: 992, height: 1408, kernel: kernel)
            measure("tensor 992x1408 f32 \(kernel)") { unsafe page.write(spec, to: output.bytes) }
        }
        let small = TensorSpec(width: 224, height: 224, kernel: .area)
        measure("tensor 224x224 f32 area") { unsafe page.write(small, to: output.bytes) }
        let crops = (0..<40).map { index in
            let y = Double(index) * 33
            return Crop(quad: [10, y, 990, y + 3, 990, y + 43, 10, y + 40], width: 1000)
        }
        let spec = CropSpec(width: 1000, height: 48, crops: crops)
        measure("40 crops of 48x1000") { unsafe page.write(spec, to: output.bytes) }
    }

    private static func helper() async throws {
        let loop = try EventLoop(name: "media")
        let logger = Logger.standardError(label: "benchmark")
        let pool = MediaPool(configuration: try .installed(), loop: loop, logger: logger)
        let pixel = try SharedBuffer(size: 4096)
        let (count, bytes) = picture
        unsafe pixel.memory.bytes.copyBytes(from: bytes)
        var start = MonotonicTime.now
        let page = try SharedBuffer(size: 8 << 20)
        let jpeg = try await pool.withImage(pixel, count: count) { image in
            print("first answer of a new helper: \((.now - start).milliseconds) ms")
            let encoding = MediaEncoding(format: .jpeg, quality: 90, size: (1000, 1400))
            return try await image.encode(encoding, into: page)
        }
        await resident(pool, "after the first image")
        let output = try SharedBuffer(size: 32 << 20)
        let spec = TensorSpec(width: 992, height: 1408)
        for _ in 0..<5 {
            start = .now
            try await pool.withImage(page, count: jpeg) { image in
                let opened = MonotonicTime.now
                try await image.tensor(spec, into: output)
                let (open, tensor) = (opened - start, .now - opened)
                print("open \(open.milliseconds) ms, tensor \(tensor.milliseconds) ms")
            }
        }
        await resident(pool, "after pages of 1000x1400")
        await pool.shutdown()
        loop.stop()
    }

    private static func resident(_ pool: MediaPool, _ when: String) async {
        for process in await pool.processes {
            let status = (try? Files.read("/proc/\(process)/status")) ?? []
            let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
            print(when, lines.filter { $0.hasPrefix("VmRSS") || $0.hasPrefix("RssAnon") })
        }
    }

    /// A GIF of one white pixel.
    private static var picture: (count: Int, bytes: [UInt8]) {
        let bytes: [UInt8] = [
            0x47, 0x49, 0x46, 0x38, 0x37, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ]
        return (bytes.count, bytes)
    }

    private static func measure(_ name: String, _ body: () -> Void) {
        var times: [Double] = []
        for _ in 0..<15 {
            let start = MonotonicTime.now
            body()
            times.append((.now - start).milliseconds)
        }
        times.sort()
        print("\(name): median \(times[7]) ms, best \(times[0]) ms, worst \(times[14]) ms")
    }
}

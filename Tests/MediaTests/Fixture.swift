import DeviceProtocol
import POSIX

/// A committed file.
struct Fixture {
    let bytes: [UInt8]

    init(_ name: String, file: String = #filePath) throws {
        let folder = file.lastIndex(of: "/").map { file[..<$0] } ?? "."
        bytes = try Files.read("\(folder)/Fixtures/\(name)")
    }

    /// The bytes in a buffer that a helper can read.
    var buffer: SharedBuffer {
        get throws {
            let buffer = try SharedBuffer(size: max(1, bytes.count))
            unsafe buffer.memory.bytes.copyBytes(from: bytes)
            return buffer
        }
    }
}

extension SharedBuffer {
    /// The first bytes.
    func bytes(_ count: Int) -> [UInt8] {
        unsafe Array(memory.bytes.prefix(count))
    }

    /// The first numbers.
    func floats(_ count: Int) -> [Float] {
        unsafe Array(memory.bytes.bindMemory(to: Float.self).prefix(count))
    }
}

/// How far two pictures are apart.
struct Difference: CustomStringConvertible {
    var largest = 0.0
    var mean = 0.0

    init(_ left: [Float], _ right: [UInt8]) {
        guard left.count == right.count else {
            largest = .infinity
            mean = .infinity
            return
        }
        for (ours, theirs) in zip(left, right) {
            let distance = abs(Double(ours) - Double(theirs))
            largest = max(largest, distance)
            mean += distance / Double(left.count)
        }
    }

    var description: String { "largest \(largest), mean \(mean)" }
}

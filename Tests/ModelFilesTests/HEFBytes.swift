import TestKit

/// Makes HEF files, right and wrong ones.
struct HEFBytes {
    var magic: [UInt8] = [0x01, 0x48, 0x45, 0x46]
    var version: UInt32 = 3
    var description: [UInt8]
    /// Says another length of the description than it has.
    var descriptionLength: UInt32?
    var weights: UInt64 = 40
    var padding: UInt32 = 8
    var others: UInt64 = 5

    var bytes: [UInt8] {
        var bytes = magic + big(version)
        bytes += big(descriptionLength ?? UInt32(description.count))
        var behind = 0
        switch version {
        case 0: bytes += [UInt8](repeating: 9, count: 20)
        case 1:
            bytes += big(UInt32(7)) + big(weights) + big(UInt32(0))
            behind = Int(weights)
        case 2:
            bytes += big(UInt64(7)) + big(weights) + big(UInt64(0)) + big(UInt64(0))
            behind = Int(weights)
        default:
            bytes += big(UInt64(7)) + big(weights + UInt64(padding)) + big(padding) + big(others)
            bytes += big(UInt64(7)) + big(UInt64(0))
            behind = Int(weights) + Int(padding) + Int(others)
        }
        return bytes + description + [UInt8](repeating: 0xAA, count: behind)
    }

    /// A field that holds bytes: a text or a message.
    static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        varint(UInt64(number << 3 | 2)) + varint(UInt64(content.count)) + content
    }

    /// A field that holds a text.
    static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A field that holds a number.
    static func field(_ number: Int, number value: UInt64) -> [UInt8] {
        varint(UInt64(number << 3)) + varint(value)
    }

    /// Messages inside each other: the fields that lead to the content.
    static func nested(_ path: [Int], _ content: [UInt8]) -> [UInt8] {
        path.reversed().reduce(content) { field($1, $0) }
    }

    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80
            ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + varint(value >> 7)
    }

    /// A description: what it is compiled for, and network groups.
    static func description(chip: UInt64 = 103, groups: [[UInt8]]) -> [UInt8] {
        field(1, field(1, number: chip) + field(3, "5.1.0")) + groups.flatMap { field(2, $0) }
    }

    /// A network group with instructions, which are stepped over, and an edge layer.
    static func group(_ name: String, edgeType: UInt64 = 0, path: [Int] = [8, 4]) -> [UInt8] {
        let instructions = field(2, [UInt8](repeating: 0xFF, count: 30))
        let edge = field(2, field(1, number: 1) + field(5, field(3, number: edgeType)))
        return field(10, name) + nested(path + [3], instructions + field(3, edge))
    }
}

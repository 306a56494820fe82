import JSON
import POSIX
import Testing

@testable import DeviceProtocol

@Suite struct TensorTests {
    @Test func travelsAsJSON() throws {
        let tensor = Tensor(type: .f32, shape: [1, 3, 640, 640], buffer: 7, offset: 64)
        #expect(try Tensor(tensor.json, path: "t") == tensor)
        #expect(tensor.count == 1_228_800)
        #expect(tensor.byteCount == 4_915_200)
        #expect(Tensor(type: .u8, shape: [], buffer: 1).byteCount == 1)
        #expect(Tensor(type: .i64, shape: [2, 0], buffer: 1).byteCount == 0)
    }

    @Test(
        arguments: [
            ([:], "'t.dtype' is missing"),
            (["dtype": "f8"], "'t.dtype' is unknown: 'f8'"),
            (["dtype": "f32"], "'t.shape' is missing"),
            (["dtype": "f32", "shape": [-1]], "'t.shape' must hold whole numbers from 0 up"),
            (["dtype": "f32", "shape": [1.5]], "'t.shape' must hold whole numbers from 0 up"),
            (["dtype": "f32", "shape": ["1"]], "'t.shape' must hold whole numbers from 0 up"),
            (["dtype": "f64", "shape": [4_294_967_296, 4_294_967_296]], "'t.shape' is too large"),
            (
                ["dtype": "f32", "shape": .array(.init(repeating: 1, count: 17))],
                "'t.shape' has more than 16 dimensions"
            ),
            (["dtype": "f32", "shape": [1]], "'t.buffer' is missing"),
            (
                ["dtype": "f32", "shape": [1], "buffer": -1],
                "'t.buffer' must be from 0 to 2147483647"
            ),
            (
                ["dtype": "f32", "shape": [1], "buffer": 1, "offset": -1],
                "'t.offset' must be from 0 to \(Int.max / 2)"
            ),
            ([1], "'t' must be an object, not a list"),
        ] as [(JSONValue, String)]
    )
    func refusesWhatIsNoTensor(value: JSONValue, message: String) {
        let error = #expect(throws: JSONFieldError.self) { try Tensor(value, path: "t") }
        #expect(error?.description == message)
    }

    @Test func knowsTheSizeOfEveryType() {
        #expect(ElementType.allCases.map(\.size) == [1, 1, 2, 2, 4, 8, 2, 2, 4, 8, 1])
    }
}

@Suite struct BufferPoolTests {
    @Test func handsOutWhatWasGivenBack() throws {
        let pool = BufferPool()
        let first = try pool.take(100_000)
        let other = try pool.take(100_000)
        #expect(first.id != other.id)
        pool.giveBack(first)
        #expect(try pool.take(90_000).id == first.id)
        #expect(try pool.take(90_000).id != first.id)
    }

    @Test func takesTheSmallestThatFitsAndWastesLittle() throws {
        let pool = BufferPool()
        let small = try pool.take(100_000)
        let large = try pool.take(10 << 20)
        pool.giveBack(large)
        pool.giveBack(small)
        #expect(try pool.take(100_000).id == small.id)
        #expect(try pool.take(100_000).id != large.id)
        #expect(try pool.take(9 << 20).id == large.id)
    }

    @Test func keepsNoMoreThanItsLimit() throws {
        let pool = BufferPool(limit: 200_000)
        let buffers = try (0..<3).map { _ in try pool.take(98_304) }
        for buffer in buffers { pool.giveBack(buffer) }
        let kept = try (0..<3).map { _ in try pool.take(98_304).id }
        #expect(Set(kept).intersection(buffers.map(\.id)) == Set(buffers[1...].map(\.id)))
    }

    @Test func trimsWhatNobodyUses() throws {
        let pool = BufferPool()
        let buffer = try pool.take(1)
        pool.giveBack(buffer)
        pool.trim(unusedSince: MonotonicTime(nanoseconds: 0))
        let again = try pool.take(1)
        #expect(again.id == buffer.id)
        pool.giveBack(again)
        pool.trim(unusedSince: .now + .seconds(1))
        #expect(try pool.take(1).id != buffer.id)
    }

    @Test(arguments: [0, 1, 65_536, 65_537, 4_915_200, (1 << 30) - 1, 1 << 30])
    func roundsSizesUpALittle(size: Int) {
        let rounded = BufferPool.sizeClass(size)
        #expect(rounded >= size)
        #expect(rounded <= max(65_536, size + size / 2))
        #expect(rounded <= SharedMemory.maximumSize)
    }

    @Test func refusesWhatIsTooLarge() {
        for size in [(1 << 30) + 1, Int.max] {
            #expect(throws: SystemError.self) { try BufferPool().take(size) }
        }
    }
}

@Suite struct BufferExchangeTests {
    @Test func announcesOnceAndForgetsWhatIsGone() throws {
        var announcements = BufferAnnouncements()
        var table = BufferTable()
        let kept = try SharedBuffer(size: 4096)
        kept.memory.bytes[5] = 99
        var goneID = 0
        do {
            let gone = try SharedBuffer(size: 8192)
            goneID = gone.id
            var frame = JSONObject()
            let descriptors = announcements.announce([kept, gone, kept], in: &frame)
            #expect(descriptors.count == 2)
            try table.update(from: frame, descriptors: descriptors)
        }
        #expect(table.slice(buffer: kept.id, offset: 5, count: 1)?.bytes[0] == 99)
        #expect(table.slice(buffer: goneID, offset: 0, count: 8192) != nil)
        var frame = JSONObject()
        #expect(announcements.announce([kept], in: &frame).isEmpty)
        #expect(frame == JSONObject([("forget", [JSONValue(goneID)])]))
        try table.update(from: frame, descriptors: [])
        #expect(table.slice(buffer: goneID, offset: 0, count: 1) == nil)
        var empty = JSONObject()
        #expect(announcements.announce([kept], in: &empty).isEmpty)
        #expect(empty == JSONObject())
    }

    @Test func givesOnlySlicesInside() throws {
        var table = BufferTable()
        let buffer = try SharedBuffer(size: 4096)
        try table.update(from: announcement(of: 3, 4096), descriptors: [buffer.memory.descriptor])
        for (offset, count) in [(0, 4096), (4096, 0), (100, 3996)] {
            #expect(table.slice(buffer: 3, offset: offset, count: count)?.bytes.count == count)
        }
        for (offset, count) in [
            (0, 4097), (1, 4096), (4097, 0), (-1, 1), (0, -1), (Int.max, 1), (1, Int.max),
        ] {
            #expect(table.slice(buffer: 3, offset: offset, count: count) == nil)
        }
        #expect(table.slice(buffer: 4, offset: 0, count: 0) == nil)
    }

    @Test func refusesAnnouncementsThatAreWrong() throws {
        let descriptor = try SharedBuffer(size: 4096).memory.descriptor
        var table = BufferTable()
        try table.update(from: announcement(of: 1, 4096), descriptors: [descriptor])
        let cases: [(JSONObject, [FileDescriptorBox])] = [
            (announcement(of: 1, 4096), [descriptor]), (announcement(of: 2, 4096), []),
            (announcement(of: 2, 4097), [descriptor]), (announcement(of: 2, 0), [descriptor]),
            (announcement(of: 2, 3 << 30), [descriptor]),
            (JSONObject([("buffers", [["id": "x", "size": 1]])]), [descriptor]),
            (JSONObject([("forget", ["x"])]), []),
        ]
        for (frame, descriptors) in cases {
            #expect(throws: FrameError.self) {
                try table.update(from: frame, descriptors: descriptors)
            }
        }
    }

    @Test func boundsHowManyAreMapped() throws {
        let descriptor = try SharedBuffer(size: 4096).memory.descriptor
        var table = BufferTable()
        for id in 0..<BufferTable.maximumCount {
            try table.update(from: announcement(of: id, 4096), descriptors: [descriptor])
        }
        #expect(throws: FrameError.badBuffers("too many are mapped")) {
            try table.update(from: announcement(of: 1000, 4096), descriptors: [descriptor])
        }
        // Forgetting one makes room in the same frame.
        var frame = announcement(of: 1000, 4096)
        frame["forget"] = [0]
        try table.update(from: frame, descriptors: [descriptor])
    }

    private func announcement(of id: Int, _ size: Int) -> JSONObject {
        JSONObject([("buffers", [["id": JSONValue(id), "size": JSONValue(size)]])])
    }
}

import POSIX
import TestKit
import Testing

@testable import ModelFiles

@Suite struct HEFHeaderTests {
    private let folder = TemporaryFolder()
    private let two = HEFBytes.description(groups: [
        HEFBytes.group("prefill", edgeType: 3), HEFBytes.group("step"),
    ])

    private func problem(_ bytes: [UInt8]) -> HeaderError? {
        #expect(throws: HeaderError.self) { try HEFHeader(parsing: bytes) }
    }

    @Test(arguments: [(0, nil), (1, 40), (2, 40), (3, 40)] as [(UInt32, Int?)])
    func readsEveryVersion(version: UInt32, weights: Int?) throws {
        let file = HEFBytes(version: version, description: two)
        let header = try HEFHeader(parsing: file.bytes)
        #expect(header.version == Int(version))
        #expect(header.chip.description == "Hailo-10H or Hailo-15H")
        #expect(header.compiler == "5.1.0")
        #expect(header.groups == ["prefill", "step"])
        #expect(header.weightBytes == weights)
        #expect(header.hasCaches)
    }

    @Test(
        arguments: [
            ([8, 4], 3, true), ([], 3, true), ([7, 1, 8, 4], 3, true), ([8, 4, 7, 1], 3, true),
            ([8, 4], 0, false), ([8, 4], 2, false), ([8, 5], 3, false),
        ] as [([Int], UInt64, Bool)]
    )
    func findsCachesWhereverTheyAre(path: [Int], type: UInt64, hasCaches: Bool) throws {
        let group = HEFBytes.group("g", edgeType: type, path: path)
        let file = HEFBytes(description: HEFBytes.description(groups: [group]))
        #expect(try HEFHeader(parsing: file.bytes).hasCaches == hasCaches)
    }

    @Test func namesGroupsAsOlderCompilersDid() throws {
        let older = HEFBytes.field(1, HEFBytes.field(1, "old") + HEFBytes.field(2, number: 0))
        let groups = [older, HEFBytes.field(11, number: 1), older + HEFBytes.field(10, "new")]
        let file = HEFBytes(description: HEFBytes.description(chip: 0, groups: groups))
        let header = try HEFHeader(parsing: file.bytes)
        #expect(header.groups == ["old", "", "new"])
        #expect(header.chip.description == "Hailo-8")
        #expect(!header.hasCaches)
    }

    @Test(arguments: 0...3 as ClosedRange<UInt32>)
    func refusesEveryTruncation(version: UInt32) {
        let bytes = HEFBytes(version: version, description: two).bytes
        for count in 0..<bytes.count {
            let error = problem(Array(bytes.prefix(count)))
            #expect((error?.offset ?? .max) <= count)
        }
    }

    @Test(arguments: [0, 1, 0x7F, 0x80, 0xFF] as [UInt8])
    func survivesEveryWrongByte(byte: UInt8) {
        for version in 0...3 as ClosedRange<UInt32> {
            let bytes = HEFBytes(version: version, description: two).bytes
            for index in bytes.indices {
                var broken = bytes
                broken[index] = byte
                do throws(HeaderError) {
                    _ = try HEFHeader(parsing: broken)
                } catch {
                    #expect(error.offset <= bytes.count)
                }
            }
        }
    }

    @Test func refusesOtherFilesAndVersions() {
        var file = HEFBytes(description: two)
        file.version = 4
        #expect(problem(file.bytes) == HeaderError(.unsupportedVersion(4), at: 4))
        file.magic = [0x46, 0x45, 0x48, 0x01]
        #expect(problem(file.bytes) == HeaderError(.foreign(format: "HEF"), at: 0))
        let empty = HEFBytes(description: HEFBytes.description(groups: []))
        #expect(problem(empty.bytes)?.problem == .missing("a network group"))
    }

    @Test func refusesAbsurdNumbers() {
        let file = HEFBytes(description: two, descriptionLength: .max)
        #expect(problem(file.bytes)?.problem == .endsEarly)
        var bytes = HEFBytes(description: two).bytes
        bytes.replaceSubrange(20..<28, with: [UInt8](repeating: 0xFF, count: 8))
        #expect(problem(bytes) == HeaderError(.endsEarly, at: 20))
        bytes = HEFBytes(description: two).bytes
        bytes.replaceSubrange(28..<32, with: big(UInt32(49)))
        #expect(problem(bytes) == HeaderError(.invalid("more padding than weights"), at: 28))

        let groups = [[UInt8]](repeating: [], count: HEFReader.mostGroups + 1)
        let many = HEFBytes(description: HEFBytes.description(groups: groups))
        #expect(problem(many.bytes)?.description.contains("65 network groups, 64 are") == true)
        let name = HEFBytes.field(10, [UInt8](repeating: 0x61, count: HEFReader.longestName + 1))
        let long = HEFBytes(description: HEFBytes.description(groups: [name]))
        #expect(problem(long.bytes)?.description.contains("4097 bytes of a name") == true)
        let path = [8, 4] + (0..<20).flatMap { _ in [7, 1] }
        let deep = HEFBytes.description(groups: [HEFBytes.group("g", path: path)])
        #expect(problem(HEFBytes(description: deep).bytes)?.problem == .tooDeep)
    }

    @Test(
        arguments: [
            // A group of fields, a number without end, and fields that are longer than their
            // message.
            ([0x0B], .invalid("a field of kind 3")),
            (
                [0x08] + [UInt8](repeating: 0x80, count: 11),
                .invalid("a number of more than ten bytes")
            ),
            ([0x12, 0x02, 0x52, 0x05], .endsEarly), ([0x09, 0x00], .endsEarly),
        ] as [([UInt8], HeaderError.Problem)]
    )
    func refusesBrokenMessages(description: [UInt8], expected: HeaderError.Problem) {
        for version in 0...3 as ClosedRange<UInt32> {
            let file = HEFBytes(version: version, description: description)
            #expect(problem(file.bytes)?.problem == expected)
        }
    }

    @Test func stepsOverInstructionsInFiles() throws {
        let instructions = HEFBytes.nested([8, 4, 3, 2], [UInt8](repeating: 0xFF, count: 100_000))
        let group = instructions + HEFBytes.group("g", edgeType: 3)
        let bytes = HEFBytes(description: HEFBytes.description(groups: [group, group])).bytes
        let path = folder.file("network")
        try Files.replace(path, with: bytes)
        #expect(try HEFHeader(path: path) == HEFHeader(parsing: bytes))
        // Three pieces at most for each group: its start, behind its instructions, and its end.
        let reader = try HeaderReader(path: path, walkLimit: 6 * HeaderReader.chunkSize)
        #expect(try HEFReader(reader).header().hasCaches)
    }
}

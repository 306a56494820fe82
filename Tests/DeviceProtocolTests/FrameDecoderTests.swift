import DeviceProtocol
import JSON
import Testing

@Suite struct FrameDecoderTests {
    private let frames: [JSONObject] = [
        JSONObject([("action", "ping")]), JSONObject(),
        JSONObject([("text", "ä😀"), ("n", [1, nil])]),
    ]

    private var stream: [UInt8] { frames.flatMap(FrameDecoder.encode) }

    private func decode(_ decoder: inout FrameDecoder) throws -> [JSONObject] {
        var found: [JSONObject] = []
        while let frame = try decoder.next() { found.append(frame) }
        return found
    }

    @Test func encodesTheLengthFirst() {
        #expect(FrameDecoder.encode(JSONObject()) == [0, 0, 0, 2] + Array("{}".utf8))
    }

    @Test func findsFramesWhereverTheStreamIsCut() throws {
        for cut in 0...stream.count {
            var decoder = FrameDecoder(limit: 1000)
            decoder.append(stream[..<cut])
            var found = try decode(&decoder)
            decoder.append(stream[cut...])
            found += try decode(&decoder)
            #expect(found == frames)
        }
    }

    @Test func findsFramesByteForByte() throws {
        var decoder = FrameDecoder(limit: 1000)
        var found: [JSONObject] = []
        for byte in stream + stream {
            decoder.append([byte])
            found += try decode(&decoder)
        }
        #expect(found == frames + frames)
    }

    @Test func takesManyFramesThatWait() throws {
        var decoder = FrameDecoder(limit: 1000)
        let one = FrameDecoder.encode(frames[0])
        for _ in 0..<20_000 { decoder.append(one) }
        for _ in 0..<10_000 {
            #expect(try decoder.next() == frames[0])
            decoder.append(one)
        }
        #expect(try decode(&decoder).count == 20_000)
    }

    @Test(arguments: [
        ([0, 0, 0, 11], FrameError.tooLarge(bytes: 11, limit: 10)),
        ([255, 255, 255, 255], .tooLarge(bytes: Int(UInt32.max), limit: 10)),
        ([0, 0, 0, 2, 0x5B, 0x5D], .notAnObject),
        ([0, 0, 0, 1, 0x31], .notAnObject),
    ])
    func refusesWhatIsNoFrame(bytes: [UInt8], error: FrameError) {
        var decoder = FrameDecoder(limit: 10)
        decoder.append(bytes)
        #expect(throws: error) { try decoder.next() }
    }

    @Test(arguments: ["{", "x", "", "{}{}", "{\"a\":1,\"a\":2}"])
    func refusesWhatIsNoJSON(body: String) {
        var decoder = FrameDecoder(limit: 100)
        decoder.append([0, 0, 0, UInt8(body.utf8.count)] + Array(body.utf8))
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        guard case .malformed = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
    }

    @Test func acceptsAFrameOfExactlyTheLimit() throws {
        var decoder = FrameDecoder(limit: 2)
        decoder.append(FrameDecoder.encode(JSONObject()))
        #expect(try decoder.next() == JSONObject())
    }
}

import DeviceProtocol
import JSON
import POSIX
import Testing

@testable import EngineKit

@Suite struct RequestTests {
    private func object(_ text: String) throws -> JSONObject {
        try #require(JSONValue(parsing: text.utf8).objectValue)
    }

    @Test func readsALoadRequest() throws {
        let frame = try object(
            #"{"model": "m", "graphs": {"a": {"path": "/a"}, "b": {"path": "/b"}}}"#
        )
        let request = try LoadRequest(frame)
        #expect(request.model == "m")
        #expect(request.graphs.map(\.name) == ["a", "b"])
        #expect(request.graphs.map(\.path) == ["/a", "/b"])
        try request.acceptOnly([])
    }

    @Test(arguments: [
        #"{"graphs": {"a": {"path": "/a"}}}"#,
        #"{"model": "m"}"#,
        #"{"model": "m", "graphs": {}}"#,
        #"{"model": "m", "graphs": {"a": {}}}"#,
        #"{"model": "m", "graphs": {"a": {"path": "/a", "extra": 1}}}"#,
        #"{"model": "m", "graphs": {"a": {"path": "/a"}}, "settings": 1}"#,
    ])
    func refusesABrokenLoadRequest(_ text: String) throws {
        let frame = try object(text)
        #expect(throws: JSONFieldError.self) { try LoadRequest(frame) }
    }

    @Test func namesEveryUnknownSetting() throws {
        let frame = try object(
            #"""
            {"model": "m", "graphs": {"a": {"path": "/a"}},
             "settings": {"device": "CPU", "colour": 1, "speed": 2}}
            """#
        )
        let request = try LoadRequest(frame)
        let error = #expect(throws: EngineError.self) { try request.acceptOnly(["device"]) }
        #expect(error?.code == .loadFailed)
        #expect(error?.message.contains("'colour', 'speed'") == true)
    }

    @Test func addsUpResidentMemoryWithoutSharedBuffers() {
        let status = "VmRSS:\t 99 kB\nRssAnon:\t   40 kB\nRssFile:\t 7 kB\nRssShmem:\t 52 kB\n"
        #expect(ProcessMemory.parse(status) == 47 * 1024)
    }

    @Test func matchesShapesWithFreeDimensions() {
        let tensor = TensorDescription(name: "x", type: .f32, shape: [-1, 3, -1])
        #expect(tensor.accepts([1, 3, 9]))
        #expect(!tensor.accepts([1, 4, 9]))
        #expect(!tensor.accepts([1, 3]))
        #expect(!tensor.isStatic)
    }
}

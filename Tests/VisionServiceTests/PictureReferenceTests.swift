import JSON
import LanguagePipeline
import Testing

@testable import VisionService

/// Pictures as requests name them.
struct PictureReferenceTests {
    private func read(_ value: JSONValue) throws -> PictureReference {
        try PictureReference(value, field: "images[0]")
    }

    private func isInline(_ reference: PictureReference) -> Bool {
        if case .inline = reference.source { true } else { false }
    }

    @Test(
        arguments: [
            "aGVsbG8=", "data:image/png;base64,aGVsbG8=", "data:;base64,aGVsbG8=",
            "DATA:image/jpeg;charset=x;BASE64,aGVsbG8=", "/etc/passwd", "//127.0.0.1/x", "",
            "data:application/octet-stream;base64,aGVsbG8=",
        ]
    )
    func whatHasNoOtherSchemeIsInTheRequest(_ text: String) throws {
        #expect(isInline(try read(.string(text))))
    }

    @Test(arguments: ["http://127.0.0.1/", "HTTPS://example.org/x.png", "http:/x"])
    func addressesAreRemote(_ text: String) throws {
        guard case .remote(let address) = try read(.string(text)).source else {
            Issue.record("not remote")
            return
        }
        #expect(address == text)
    }

    @Test(
        arguments: [
            "file:///etc/passwd", "FILE:/etc/passwd", "ftp://x/", "unix:/run/x", "blob:x", ":x",
            "data:image/png,abc", "data:text/html;base64,aGVsbG8=", "data:", "c:\\x",
        ]
    )
    func otherSchemesAreRefused(_ text: String) {
        #expect(throws: Refusal.self) { try read(.string(text)) }
    }

    @Test(
        arguments: [
            ["url": "aGVsbG8="], ["type": "image_url", "image_url": ["url": "aGVsbG8="]],
            ["type": "image", "image_url": "aGVsbG8="], ["type": "image", "image": "aGVsbG8="],
            ["type": "image", "source": ["type": "base64", "data": "aGVsbG8="]],
            ["type": "input_image", "image_url": "aGVsbG8=", "image": .null],
        ] as [JSONValue]
    )
    func objectsHaveATextSomewhere(_ value: JSONValue) throws {
        #expect(isInline(try read(value)))
    }

    @Test(
        arguments: [
            7, [], [:], ["url": 7], ["image": "a", "source": "b"], ["type": "video", "url": "a"],
            ["url": "a", "detail": "much"], ["image_url": [:]],
        ] as [JSONValue]
    )
    func otherThingsAreRefused(_ value: JSONValue) {
        #expect(throws: (any Error).self) { try read(value) }
    }

    @Test func theNearerDetailCounts() throws {
        let outer = try read(["image_url": ["url": "a", "detail": "low"], "detail": "high"])
        #expect(outer.detail == .high)
        #expect(try read(["image_url": ["url": "a", "detail": "low"]]).detail == .low)
        #expect(try read("a").detail == .auto)
    }

    @Test func longReferencesAreCutInAnswers() throws {
        let long = String(repeating: "x", count: 101)
        #expect(try read(.string(long)).summary == long.dropLast() + "...")
        #expect(try read("short").summary == "short")
    }
}

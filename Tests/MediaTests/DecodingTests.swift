import MediaClient
import MediaProtocol
import Testing

@Suite struct DecodingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let format: String
        var corners = quarters
        var tolerance = 4

        var testDescription: String { file }
    }

    static let white = [255, 255, 255]
    static let grey = [[76, 76, 76], [150, 150, 150], [29, 29, 29], [226, 226, 226]]
    static let oneBit = [[0, 0, 0], white, [0, 0, 0], white]
    static let cases = [
        Case(file: "rgb.jpg", format: "jpeg"),
        Case(file: "progressive.jpg", format: "jpeg"),
        Case(file: "rgb.png", format: "png"),
        Case(file: "rgb.webp", format: "webp"),
        Case(file: "rgb.tiff", format: "tiff"),
        Case(file: "rgb.gif", format: "gif"),
        Case(file: "palette.png", format: "png"),
        Case(file: "grey.png", format: "png", corners: grey),
        Case(file: "grey.jpg", format: "jpeg", corners: grey),
        Case(file: "one-bit.tiff", format: "tiff", corners: oneBit),
        Case(file: "pages.tiff", format: "tiff"),
        Case(file: "frames.gif", format: "gif"),
        Case(
            file: "alpha.png",
            format: "png",
            corners: [[255, 0, 0], white, [255, 0, 0], white]
        ),
        Case(
            file: "alpha.webp",
            format: "webp",
            corners: [[255, 0, 0], white, [255, 0, 0], white]
        ),
        Case(
            file: "grey-alpha.png",
            format: "png",
            corners: Array(repeating: [127, 127, 127], count: 4)
        ),
        Case(file: "deep.png", format: "png"),
        Case(file: "deep.tiff", format: "tiff"),
        Case(
            file: "deep-grey.png",
            format: "png",
            corners: Array(repeating: [128, 128, 128], count: 4)
        ),
        Case(
            file: "deep-alpha.png",
            format: "png",
            corners: [[255, 0, 0], white, [255, 0, 0], white]
        ),
        Case(file: "profile-srgb.png", format: "png"),
        Case(
            file: "profile-exchanged.png",
            format: "png",
            corners: [[0, 0, 255], [0, 255, 0], [255, 0, 0], [0, 255, 255]],
            tolerance: 12
        ),
        Case(file: "profile-broken.png", format: "png"),
    ]

    @Test func decodesEveryKind() async throws {
        try await withPool { pool in
            for item in Self.cases {
                try await pool.withFixture(item.file) { image in
                    #expect(image.format == item.format, "\(item.file)")
                    let corners = try await image.corners()
                    #expect(
                        isClose(corners, item.corners, within: item.tolerance),
                        "\(item.file): \(corners)"
                    )
                }
            }
        }
    }

    @Test(arguments: ["cmyk.jpg", "cmyk.tiff"])
    func keepsHuesOfInks(_ file: String) async throws {
        try await withPool { pool in
            try await pool.withFixture(file) { image in
                let corners = try await image.corners()
                // Inks are duller than lamps; which channel leads is what must not change.
                for (ours, original) in zip(corners, quarters) {
                    for (level, wanted) in zip(ours, original) {
                        #expect((level > 100) == (wanted == 255), "\(file): \(corners)")
                    }
                }
            }
        }
    }

    @Test(arguments: 1...8)
    func appliesOrientation(_ orientation: Int) async throws {
        try await withPool { pool in
            try await pool.withFixture("orientation-\(orientation).jpg") { image in
                #expect(image.width == 48)
                #expect(image.height == 32)
                #expect(image.orientation == orientation)
                let corners = try await image.corners()
                #expect(isClose(corners, quarters, within: 6), "\(corners)")
            }
        }
    }

    static let refusals: [(file: String, code: MediaError.Code)] = [
        ("claims-30000.png", .imageTooLarge),
        ("claims-300.png", .invalidImage),
        ("no-width.png", .invalidImage),
        ("cut-rgb.jpg", .invalidImage),
        ("cut-rgb.png", .invalidImage),
        ("cut-rgb.webp", .invalidImage),
        ("cut-rgb.tiff", .invalidImage),
        ("cut-rgb.gif", .invalidImage),
        ("text.txt", .unsupportedImage),
        ("drawing.svg", .unsupportedImage),
        ("rgb.bmp", .unsupportedImage),
    ]

    @Test func refusesWhatIsNoImage() async throws {
        try await withPool { pool in
            for (file, code) in Self.refusals {
                let error = await #expect(throws: MediaError.self, "\(file)") {
                    try await pool.withFixture(file) { _ in }
                }
                #expect(error?.code == code, "\(file): \(error?.description ?? "no error")")
            }
            // One helper refused them all: none of them ended it.
            #expect(await pool.processes.count == 1)
        }
    }

    @Test func refusesNothingAtAll() async throws {
        try await withPool { pool in
            let error = await #expect(throws: MediaError.self) {
                try await pool.withImage(try Fixture("rgb.png").buffer, count: 0) { _ in }
            }
            #expect(error?.code == .invalidImage)
        }
    }

    @Test func refusesMorePixelsThanTheCallerAllows() async throws {
        try await withPool { pool in
            let error = await #expect(throws: MediaError.self) {
                try await pool.withFixture("rgb.png", maximumPixels: 48 * 32 - 1) { _ in }
            }
            #expect(error?.code == .imageTooLarge)
            try await pool.withFixture("rgb.png", maximumPixels: 48 * 32) { _ in }
        }
    }

    @Test func refusesMoreBytesThanTheBufferHas() async throws {
        try await withPool { pool in
            let error = await #expect(throws: MediaError.self) {
                try await pool.withImage(try Fixture("rgb.png").buffer, count: 1 << 20) { _ in }
            }
            #expect(error?.code == .badRequest)
        }
    }
}

import JSON
import TestKit
import Testing

extension LiveTests {
    /// What is refused, and how.
    @Suite struct BadInputTests {
        /// One request and the refusal that it earns.
        struct Case: Sendable, CustomTestStringConvertible {
            let testDescription: String
            var method = "POST"
            var path = "/v1/ocr/extract"
            var headers: [String] = []
            var body: [UInt8]?
            let status: Int
            let code: String

            init(
                _ name: String,
                _ body: [UInt8]?,
                _ status: Int,
                _ code: String,
                method: String = "POST",
                path: String = "/v1/ocr/extract",
                headers: [String] = []
            ) {
                testDescription = name
                self.method = method
                self.path = path
                self.headers = headers
                self.body = body
                self.status = status
                self.code = code
            }

            init(_ name: String, json: JSONValue, _ status: Int, _ code: String) {
                self.init(name, json.serialized, status, code)
            }

            /// A text in place of the image.
            init(_ name: String, image: String, _ code: String = "invalid_image") {
                self.init(name, json: ["image": .string(image)], 400, code)
            }

            /// A file by multipart.
            init(_ name: String, file bytes: [UInt8], _ status: Int, _ code: String) {
                var form = Form()
                form.add("image", file: "page", bytes)
                self.init(name, form.body, status, code, headers: [Form.type])
            }
        }

        static let bodies = [
            Case("no body", [], 400, "invalid_json"),
            Case("no JSON", Array("{\"image\": ".utf8), 400, "invalid_json"),
            Case("no text at all", [0xFF, 0xFE, 0x00], 400, "invalid_json"),
            Case("a list", json: ["image"], 400, "invalid_request"),
            Case("a number", json: 7, 400, "invalid_request"),
            Case("no image", json: [:], 400, "missing_image"),
            Case("a number as the image", json: ["image": 7], 400, "invalid_request"),
            Case(
                "a list of images for one",
                json: ["image": ["AAAA"]],
                400,
                "invalid_request"
            ),
            Case(
                "a text as a threshold",
                json: ["image": "AAAA", "det_threshold": "high"],
                400,
                "invalid_request"
            ),
            Case(
                "a threshold out of range",
                json: ["image": "AAAA", "rec_threshold": 2],
                400,
                "invalid_request"
            ),
            Case(
                "a number as a truth value",
                json: ["image": "AAAA", "enable_recognition": 1],
                400,
                "invalid_request"
            ),
            Case(
                "a text as languages",
                json: ["image": "AAAA", "languages": "en"],
                400,
                "invalid_request"
            ),
            Case(
                "a form without a boundary",
                Array("x".utf8),
                400,
                "invalid_multipart",
                headers: ["Content-Type: multipart/form-data"]
            ),
            Case(
                "a form that is cut short",
                Array("--a\r\nContent-".utf8),
                400,
                "invalid_multipart",
                headers: ["Content-Type: multipart/form-data; boundary=a"]
            ),
        ]

        static let images = [
            Case("an empty image", image: ""),
            Case("an empty data URI", image: "data:image/png;base64,"),
            Case("no base64", image: "not*base64"),
            Case("half a digit of base64", image: "AAAAA"),
            Case("a data URI without base64", image: "data:image/png,AAAA"),
            Case("bytes that are no image", image: "AAAAAAAA", "unsupported_image"),
            Case("an address", image: "http://127.0.0.1:1/page.png"),
            Case("a secure address", image: "https://127.0.0.1:1/page.png"),
            Case("a path as an address", image: "file:///etc/hostname"),
            Case("a path", image: "/etc/hostname"),
            Case("an empty file", file: [], 400, "invalid_image"),
            Case(
                "a text file",
                file: Array("Every other one waits".utf8),
                400,
                "unsupported_image"
            ),
        ]

        static let routes = [
            Case("an unknown path", nil, 404, "not_found", method: "GET", path: "/v1/nothing"),
            Case("a wrong verb", nil, 405, "method_not_allowed", method: "GET"),
            Case(
                "a body that is too large",
                .init(repeating: 32, count: Installation.bodyLimit + 1),
                413,
                "body_too_large"
            ),
            Case(
                "an unknown class",
                (["image": "AAAA"] as JSONValue).serialized,
                400,
                "invalid_request",
                headers: ["X-Baton-Class: royal"]
            ),
            Case(
                "a deadline of the past",
                (["image": "AAAA"] as JSONValue).serialized,
                400,
                "invalid_request",
                headers: ["X-Baton-Deadline-Ms: -1"]
            ),
            Case(
                "too many images",
                (["images": ["A", "A", "A", "A"]] as JSONValue).serialized,
                400,
                "invalid_request",
                path: "/v1/ocr/batch"
            ),
            Case(
                "an empty batch",
                (["images": []] as JSONValue).serialized,
                400,
                "missing_image",
                path: "/v1/ocr/batch"
            ),
            Case(
                "a batch of nothing",
                ([:] as JSONValue).serialized,
                400,
                "missing_image",
                path: "/v1/ocr/batch"
            ),
        ]

        @Test(arguments: bodies + images + routes)
        func refuses(_ bad: Case) async throws {
            try await expectRefusal(bad)
        }

        @Test(
            arguments: [
                ("cut-rgb.png", "invalid_image"), ("cut-rgb.jpg", "invalid_image"),
                ("no-width.png", "invalid_image"), ("drawing.svg", "unsupported_image"),
                ("claims-30000.png", "image_too_large"),
            ])
        func refusesTheBrokenPicture(_ name: String, _ code: String) async throws {
            let status = code == "image_too_large" ? 413 : 400
            try await expectRefusal(Case(name, file: Page(broken: name).bytes, status, code))
        }

        @Test func namesTheVerbsOfAPath() async throws {
            let response = try await LiveTests.baton.request("PUT", "/cache")
            #expect(response.status == 405)
            #expect(response["Allow"]?.contains("DELETE") == true)
        }

        /// Sends a request that is refused; the service goes on.
        private func expectRefusal(_ bad: Case) async throws {
            let baton = try LiveTests.baton
            let id = "bad-input-7"
            let response = try await baton.request(
                bad.method,
                bad.path,
                bad.headers + ["X-Request-Id: \(id)"],
                body: bad.body
            )
            #expect(response.status == bad.status, "\(response.text)")
            #expect(response["X-Request-Id"] == id)
            #expect(response["Content-Type"]?.hasPrefix("application/json") == true)
            let json = response.json
            #expect(json["success"] == false)
            #expect(json["code"] == .string(bad.code), "\(response.text)")
            #expect(json["error"]?.stringValue?.isEmpty == false)
            #expect(json["request_id"] == .string(id))
            let health = try await baton.request("GET", "/health/ready")
            #expect(health.status == 200)
        }
    }
}

import JSON
import TestKit
import Testing

extension LiveTests {
    /// Pages that are read.
    @Suite struct ReadingTests {
        private func read(
            _ page: Page,
            _ options: (String, JSONValue)...
        ) async throws -> RawClient.Response {
            let members: [(String, JSONValue)] = [("image", .string(page.uri))] + options
            return try await LiveTests.baton.post(
                "/v1/ocr/extract",
                .object(JSONObject(members))
            )
        }

        @Test func readsADataURI() async throws {
            let response = try await read(Page())
            #expect(response.status == 200, "\(response.text)")
            #expect(response.json["text"] == .string(Page.text))
        }

        @Test func readsBareBase64() async throws {
            let page = try Page("page.jpg")
            let response = try await LiveTests.baton.post(
                "/v1/ocr/extract",
                ["image": .string(page.base64)]
            )
            #expect(response.json["text"] == .string(Page.text))
        }

        @Test func readsAForm() async throws {
            var form = Form()
            form.add("image", file: "page.png", try Page().bytes)
            form.add("languages", "en, zh")
            form.add("rec_threshold", "0.2")
            let response = try await LiveTests.baton.request(
                "POST",
                "/v1/ocr/extract",
                [Form.type],
                body: form.body
            )
            #expect(response.status == 200, "\(response.text)")
            #expect(response.json["text"] == .string(Page.text))
        }

        @Test func tellsEverythingOfAPage() async throws {
            let json = try await read(Page()).json
            #expect(json["success"] == true)
            #expect(json["cached"] == false)
            #expect(json["truncated"] == false)
            #expect(json["languages_detected"] == ["en"])
            #expect(json["lines"] == .array(Page.lines.map { .string($0) }))
            #expect(json["image"] == ["width": 866, "height": 352])
            #expect(json["statistics"]?["total_regions"] == 3)
            let confidence = try #require(json["statistics"]?["average_confidence"]?.doubleValue)
            #expect((0.8...1).contains(confidence))
            for name in ["detection_time_ms", "recognition_time_ms", "total_time_ms"] {
                let time = try #require(json["performance"]?[name]?.integerValue)
                #expect(time >= 0)
            }
            let origin = try #require(json["hailo_info"])
            #expect(origin["device"] == "cpu")
            #expect(origin["detection_model"] == "ppocr-v4/detection")
            #expect(origin["recognition_model"] == "ppocr-v4/recognition")
        }

        @Test func givesEveryRegionItsPlace() async throws {
            let json = try await read(Page()).json
            let regions = try #require(json["regions"]?.arrayValue)
            #expect(regions.map { $0["text"]?.stringValue } == Page.lines)
            for (index, region) in regions.enumerated() {
                #expect(region["type"] == "text")
                #expect(region["rotated_180"] == false)
                #expect(region["line"]?.integerValue == index)
                let confidence = try #require(region["confidence"]?.doubleValue)
                #expect((0.8...1).contains(confidence))
                for name in ["bbox", "polygon"] {
                    let points = try #require(region[name]?.arrayValue)
                    #expect(points.count == 4)
                    for point in points {
                        let place = point.arrayValue?.compactMap(\.integerValue) ?? []
                        #expect(place.count == 2)
                        #expect(place.allSatisfy { (0...866).contains($0) })
                    }
                }
            }
        }

        @Test func readsAPageThatStandsOnItsHead() async throws {
            let json = try await read(Page("page-180.png")).json
            let regions = try #require(json["regions"]?.arrayValue)
            #expect(regions.allSatisfy { $0["rotated_180"] == true })
            #expect(Set(regions.compactMap { $0["text"]?.stringValue }) == Set(Page.lines))
        }

        @Test func readsAPageThatLiesOnItsSide() async throws {
            let json = try await read(Page("page-90.png")).json
            let regions = try #require(json["regions"]?.arrayValue)
            #expect(Set(regions.compactMap { $0["text"]?.stringValue }) == Set(Page.lines))
        }

        @Test func findsRegionsWithoutReadingThem() async throws {
            let json = try await read(Page(), ("enable_recognition", false)).json
            #expect(json["text"] == "")
            let regions = try #require(json["regions"]?.arrayValue)
            #expect(regions.count == 3)
            #expect(regions.allSatisfy { $0["text"] == "" })
        }

        @Test func dropsWhatIsNotSureEnough() async throws {
            let json = try await read(Page(), ("rec_threshold", 1)).json
            #expect(json["success"] == true)
            #expect(json["text"] == "")
            #expect(json["regions"] == [])
        }

        @Test func knowsItsLanguages() async throws {
            let chinese = try await read(Page(), ("languages", ["zh", "en"]))
            #expect(chinese.status == 200)
            #expect(chinese.json["languages_detected"] == ["zh"])
            let other = try await read(Page(), ("languages", ["en", "xx"]))
            #expect(other.status == 400)
            #expect(other.json["code"] == "unsupported_language")
            #expect(other.json["error"]?.stringValue?.contains("'xx'") == true)
        }

        @Test func readsManyAtOnceAsItReadsOne() async throws {
            let texts = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
                for _ in 0..<8 { group.addTask { try await read(Page()).json["text"] } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(texts == .init(repeating: .string(Page.text), count: 8))
        }

        @Test func givesEveryImageOfABatchItsResult() async throws {
            let broken = JSONValue.string("AAAA")
            let page = JSONValue.string(try Page().uri)
            let response = try await LiveTests.baton.post(
                "/v1/ocr/batch",
                ["images": [page, broken, ["image": page, "rec_threshold": 1]]]
            )
            #expect(response.status == 200, "\(response.text)")
            let results = try #require(response.json["results"]?.arrayValue)
            #expect(results.map { $0["success"] } == [true, false, true])
            #expect(results[0]["text"] == .string(Page.text))
            #expect(results[1]["code"] == "unsupported_image")
            #expect(results[2]["text"] == "")
            let statistics = response.json["statistics"]
            #expect(statistics == ["total_images": 3, "successful": 2, "failed": 1])
            #expect(response.json["performance"]?["total_time_ms"]?.integerValue != nil)
        }
    }
}

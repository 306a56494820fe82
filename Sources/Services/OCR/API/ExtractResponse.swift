internal import JSON
internal import OCRPipeline

/// The answer to `POST /v1/ocr/extract`: the reference's members, and more beside them.
enum ExtractResponse {
    /// Writes a reading.
    ///
    /// - Parameters:
    ///   - page: What was read.
    ///   - times: Where the time went.
    ///   - options: How it was read.
    ///   - origin: The device and model, and whether the result was remembered.
    static func json(
        _ page: PageReading,
        _ times: ReadingTimes,
        _ options: ReadingOptions,
        origin: Origin
    ) -> JSONValue {
        let total = page.regions.reduce(0) { $0 + $1.confidence }
        let average = page.regions.isEmpty ? 0 : total / Double(page.regions.count)
        return [
            "success": true,
            "text": .string(page.text),
            "lines": .array(page.lines.map { .string($0) }),
            "regions": .array(page.regions.map(region)),
            "languages_detected": [.string(options.language)],
            "image": ["width": JSONValue(page.width), "height": JSONValue(page.height)],
            "truncated": .bool(page.isTruncated),
            "cached": .bool(origin.isCached),
            "statistics": [
                "total_regions": JSONValue(page.regions.count),
                "average_confidence": .number(rounded(average)),
            ],
            "performance": [
                "detection_time_ms": milliseconds(times.detection),
                "recognition_time_ms": milliseconds(times.recognition),
                "total_time_ms": milliseconds(times.total),
            ],
            "hailo_info": [
                "device": .string(origin.device),
                "detection_model": .string("\(origin.model)/detection"),
                "recognition_model": .string("\(origin.model)/recognition"),
            ],
        ]
    }

    /// Where a result comes from.
    struct Origin {
        let device: String
        let model: String
        let isCached: Bool
    }

    private static func region(_ region: ReadRegion) -> JSONValue {
        [
            "text": .string(region.text),
            "confidence": .number(rounded(region.confidence)),
            "bbox": .array(region.box.map(point)),
            "type": "text",
            "polygon": .array(region.polygon.map(point)),
            "line": JSONValue(region.line),
            "rotated_180": .bool(region.isTurned),
        ]
    }

    /// Whole pixels, as the reference gives them.
    private static func point(_ point: PagePoint) -> JSONValue {
        [JSONValue(Int(point.x.rounded())), JSONValue(Int(point.y.rounded()))]
    }

    private static func rounded(_ value: Double) -> Double {
        (value * 10_000).rounded() / 10_000
    }

    private static func milliseconds(_ duration: Duration) -> JSONValue {
        JSONValue(Int((duration / .milliseconds(1)).rounded()))
    }
}

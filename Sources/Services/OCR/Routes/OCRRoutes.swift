internal import DeviceProtocol
internal import HTTPService
internal import JSON
internal import POSIX
internal import ServiceKit

/// The paths of the OCR service.
struct OCRRoutes: Sendable {
    let core: OCRCore

    /// All routes but the standard ones.
    var router: Router {
        var router = Router()
        router.add(
            Route(
                .post,
                "/v1/ocr/extract",
                OCRSchema.extract,
                body: .bytesOrMultipart,
                handler: .task { try await extract($0) }
            )
        )
        router.add(
            Route(
                .post,
                "/v1/ocr/batch",
                OCRSchema.batch,
                body: .bytesOrMultipart,
                handler: .task { try await batch($0) }
            )
        )
        router.add(
            Route(.get, "/models", OCRSchema.models, handler: .report { .json(core.models()) })
        )
        router.add(
            Route(
                .get,
                "/cache/stats",
                OCRSchema.statistics,
                handler: .report { .json(core.cacheStatistics()) }
            )
        )
        router.add(
            Route(
                .delete,
                "/cache",
                OCRSchema.clear,
                handler: .report { .json(core.clearCache()) }
            )
        )
        return router
    }

    // MARK: Reading

    private func extract(_ request: HTTPRequest) async throws -> HTTPResponse {
        let claim = try core.claim(request)
        let defaults = core.settings.defaults
        let wish =
            if request.parts.isEmpty {
                try ExtractRequest(request.json(), defaults: defaults, pool: core.buffers)
            } else {
                try ExtractRequest(parts: request, defaults: defaults, pool: core.buffers)
            }
        let (body, times) = try await core.read(wish, claim)
        var response = HTTPResponse.json(body)
        response.timings = [
            ("queue", times.queue), ("load", times.load), ("prepare", times.prepare),
            ("inference", times.device),
            (
                "post",
                times.total - times.queue - times.load - times.prepare - times.device
            ),
        ]
        response.notes = [
            ("model", core.settings.model), ("image_bytes", "\(wish.image.count)"),
            ("class", claim.ticketClass.rawValue),
        ]
        return response
    }

    /// Reads several images; each has its own result or error, in the order of the request.
    private func batch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let claim = try core.claim(request)
        let wishes = try wishes(request)
        guard !wishes.isEmpty else {
            throw HTTPError(400, code: "missing_image", "'images' is empty")
        }
        guard wishes.count <= core.settings.batchLimit else {
            throw HTTPError.invalidRequest(
                "'images' has \(wishes.count) items; at most \(core.settings.batchLimit) are read"
            )
        }
        let started = MonotonicTime.now
        var results = [JSONValue](repeating: .null, count: wishes.count)
        try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
            for (index, wish) in wishes.enumerated() {
                // As many at once as pages are worked on; each task holds its image's bytes.
                if index >= core.settings.concurrency, let (done, value) = try await group.next() {
                    results[done] = value
                }
                group.addTask { (index, try await item(wish, claim, request.id)) }
            }
            while let (done, value) = try await group.next() { results[done] = value }
        }
        let failed = results.count { $0["success"] == false }
        return .json([
            "success": .bool(failed < results.count),
            "results": .array(results),
            "statistics": [
                "total_images": JSONValue(results.count),
                "successful": JSONValue(results.count - failed),
                "failed": JSONValue(failed),
            ],
            "performance": [
                "total_time_ms": JSONValue(
                    Int(((.now - started) / .milliseconds(1)).rounded())
                )
            ],
        ])
    }

    private typealias Wish = @Sendable () throws -> ExtractRequest

    private func wishes(_ request: HTTPRequest) throws -> [Wish] {
        let defaults = core.settings.defaults
        let pool = core.buffers
        guard request.parts.isEmpty else {
            let options = request.parts.filter { !Self.imageParts.contains($0.name) }
            return request.parts.filter { Self.imageParts.contains($0.name) }.map { part in
                {
                    var single = request
                    single.parts = options + [part.named("image")]
                    return try ExtractRequest(parts: single, defaults: defaults, pool: pool)
                }
            }
        }
        let fields = try request.json()
        let shared = try ExtractRequest.options(fields, defaults)
        guard let images = try fields.array("images") else {
            throw HTTPError(400, code: "missing_image", "Missing 'images' parameter")
        }
        return images.enumerated().map { index, value in
            {
                // An item is an image, or an object with its own options.
                let item: JSONValue = value.stringValue == nil ? value : ["image": value]
                let fields = try JSONFields(item, path: "images[\(index)]")
                return try ExtractRequest(fields, defaults: shared, pool: pool)
            }
        }
    }

    private static let imageParts: Set<String> = ["image", "images", "images[]", "file", "files"]

    /// One item's result or error; only the end of the whole request is thrown.
    private func item(
        _ wish: Wish,
        _ claim: RequestClaim,
        _ requestID: String
    ) async throws -> JSONValue {
        do {
            return try await core.read(wish(), claim).0
        } catch let error as any HTTPErrorConvertible {
            try Task.checkCancellation()
            return ErrorEnvelope.success.body(for: error.httpError, requestID: requestID)
        }
    }
}

extension MultipartPart {
    fileprivate func named(_ name: String) -> MultipartPart {
        MultipartPart(name: name, filename: filename, contentType: contentType, bytes: bytes)
    }
}

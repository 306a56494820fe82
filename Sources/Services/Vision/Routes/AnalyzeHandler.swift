internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LanguageService
internal import POSIX
internal import ServiceKit

/// `/v1/vision/analyze`: one question about several pictures.
struct AnalyzeHandler: Sendable {
    let core: VisionCore

    /// Pictures of one request that are on their way: one is prepared while one is looked at.
    private static let width = 2

    /// What all pictures of a request have in common.
    private struct Question: Sendable {
        let wish: ConversationWish
        let model: Conversations.Model
        let claim: RequestClaim
        let requestID: String
    }

    /// What came of a picture, or of all of them at once.
    private struct Finding: Sendable {
        var result: JSONValue
        var figures = AnswerFigures()
        var pictures: [DevelopedPicture] = []
        var error: HTTPError?
    }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let rules = core.settings.rules
        let wish = try AnalyzeRequest(
            .object(request.json().object),
            model: core.settings.model,
            mostPictures: core.settings.batchLimit,
            rules: rules
        )
        let claim = try core.claim(request)
        let model = try core.model(wish.wish.common.model)
        var question = wish.wish
        VisionRequest.limit(&question, own: model.integer("num_predict"), rules)
        let common = Question(wish: question, model: model, claim: claim, requestID: request.id)
        let findings =
            wish.isIndividual
            ? try await individually(wish.items, common)
            : [try await together(wish.items.map { try $0.get() }, common)]
        return response(findings, model, arrived, request.id)
    }

    // MARK: Looking

    private func together(
        _ references: [PictureReference],
        _ question: Question
    ) async throws -> Finding {
        let began = MonotonicTime.now
        let pictures = try await core.studio.develop(references, for: question.claim)
        let choice = try await look(pictures, question, began)
        var finding = Finding(result: [
            "image_url": .string(references.first?.summary ?? ""),
            "image_urls": .array(references.map { .string($0.summary) }),
            "analysis": .string(choice.piece.content),
            "finish_reason": Self.reason(choice),
        ])
        (finding.figures, finding.pictures) = (choice.figures, pictures)
        return finding
    }

    private func individually(
        _ items: [AnalyzeRequest.Item],
        _ question: Question
    ) async throws -> [Finding] {
        var findings = [Finding](repeating: Finding(result: .null), count: items.count)
        try await withThrowingTaskGroup(of: (Int, Finding).self) { group in
            for (index, item) in items.enumerated() {
                if index >= Self.width, let (done, finding) = try await group.next() {
                    findings[done] = finding
                }
                group.addTask { (index, try await look(at: item, question)) }
            }
            while let (done, finding) = try await group.next() { findings[done] = finding }
        }
        return findings
    }

    /// One picture's result or error; only the end of the whole request is thrown.
    private func look(
        at item: AnalyzeRequest.Item,
        _ question: Question
    ) async throws -> Finding {
        let began = MonotonicTime.now
        var summary = ""
        do {
            let reference = try item.get()
            summary = reference.summary
            let pictures = try await core.studio.develop([reference], for: question.claim)
            let choice = try await look(pictures, question, began)
            var finding = Finding(result: [
                "image_url": .string(summary), "analysis": .string(choice.piece.content),
                "finish_reason": Self.reason(choice),
            ])
            (finding.figures, finding.pictures) = (choice.figures, pictures)
            return finding
        } catch let error as any HTTPErrorConvertible {
            try Task.checkCancellation()
            let known = error.httpError
            let body = ErrorEnvelope.openAI().body(for: known, requestID: question.requestID)
            var finding = Finding(result: [
                "image_url": .string(summary), "analysis": .null, "error": body["error"] ?? .null,
            ])
            finding.error = known
            return finding
        }
    }

    private func look(
        _ pictures: [DevelopedPicture],
        _ question: Question,
        _ began: MonotonicTime
    ) async throws -> AnswerChoice {
        var wish = question.wish
        wish.fill(pictures.map(\.base64))
        return try await core.conversations.write(
            Conversations.Order(
                wish,
                of: question.model,
                for: question.claim,
                requestID: question.requestID,
                arrived: began
            )
        )
    }

    private static func reason(_ choice: AnswerChoice) -> JSONValue {
        choice.figures.end.reason == .length ? "length" : "stop"
    }

    // MARK: Telling

    private func response(
        _ findings: [Finding],
        _ model: Conversations.Model,
        _ arrived: MonotonicTime,
        _ requestID: String
    ) -> HTTPResponse {
        let ends = findings.map(\.figures.end)
        let inference = ends.reduce(.zero) { $0 + $1.promptTime + $1.generationTime }
        let loading = findings.map(\.figures.loading).max() ?? .zero
        let (prompt, generated) = (
            ends.reduce(0) { $0 + $1.promptTokens }, ends.reduce(0) { $0 + $1.generatedTokens }
        )
        let failed = findings.compactMap(\.error)
        var body: JSONObject = [
            "results": .array(findings.map(\.result)), "model": .string(model.name),
            "failed": JSONValue(failed.count),
            "total_inference_time_ms": VisionShape.milliseconds(inference),
            "usage": [
                "prompt_tokens": JSONValue(prompt), "completion_tokens": JSONValue(generated),
                "total_tokens": JSONValue(prompt + generated),
            ],
        ]
        var status = 200
        // Where nothing came of it at all, the status says so too.
        if let first = failed.first, failed.count == findings.count {
            status = first.status
            body["error"] = ErrorEnvelope.openAI().body(for: first, requestID: requestID)["error"]
        }
        var response = HTTPResponse.json(.object(body), status: status)
        if status != 200, let seconds = failed.first?.retryAfter {
            response.headers.add("Retry-After", "\(seconds)")
        }
        let preparation = AnswerPreparation(findings.flatMap(\.pictures))
        response.timings =
            preparation.timings + [
                ("load", loading), ("inference", inference), ("total", .now - arrived),
            ]
        response.notes =
            preparation.notes + [
                ("model", model.name), ("prompt_tokens", "\(prompt)"), ("tokens", "\(generated)"),
                ("failed", "\(failed.count)"),
            ]
        return response
    }
}

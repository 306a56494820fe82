internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import ModelStore
internal import POSIX
internal import ServiceKit
internal import VocabularyClient

/// `/v1/messages`: the next message of a conversation, as Anthropic's clients ask for it.
struct MessagesHandler: Sendable {
    let core: LanguageCore
    let vocabulary: VocabularyClient

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let (wish, model) = try await read(request, onlyCounts: false)
        let claim = try core.claim(request)
        var job = try TextJob(core: core, model: model, wish, claim: claim)
        // Which of them ended the answer costs more to know, so only who names some is told.
        job.wantsStopWord = job.parameters["stop"]?.arrayValue?.isEmpty == false
        let answer = TextAnswer(
            core: core,
            shape: MessagesShape(id: core.identifier("msg_"), model: wish.common.model),
            errors: .anthropicDoor,
            requestID: request.id,
            arrived: arrived
        )
        var response = try await answer.answer([job], streams: wish.common.streams)
        response.headers.add("request-id", request.id)
        return response
    }

    /// `/v1/messages/count_tokens`: how long a prompt is.
    ///
    /// With a template of the model's own it is made and counted here; with the one in the model's
    /// file, and where there are pictures, the engine has to do it, which takes a turn.
    func count(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (wish, model) = try await read(request, onlyCounts: true)
        let claim = try core.claim(request)
        let job = try TextJob(core: core, model: model, wish, claim: claim)
        let count: Int
        switch job.call {
        case .completion(let prompt):
            guard let file = model.contents.modelPaths.first else {
                throw Refusal(400, code: "unsupported_model", "the model has no file")
            }
            count = try await self.count(prompt, of: job, file)
        case .chat(let history), .rendered(let history):
            do {
                count = try await core.writer.count(history, of: job)
            } catch {
                throw DeviceWords.translated(error)
            }
        }
        var response = HTTPResponse.json(["input_tokens": JSONValue(count)])
        response.headers.add("request-id", request.id)
        response.notes = [("model", model.name), ("prompt_tokens", "\(count)")]
        return response
    }

    private func count(
        _ prompt: TextJob.Prompt,
        of job: TextJob,
        _ file: String
    ) async throws -> Int {
        let text = try prompt.text(0)
        let pieces = prompt.pictures?.pieces(of: text) ?? [.text(text)]
        var count = 0
        var pictures: [JSONText] = []
        // The engine takes texts between pictures apart one by one; the first may be an empty one.
        var isFirst = true
        for piece in pieces {
            var words = ""
            switch piece {
            case .text(let text): words = text
            case .picture(let number):
                if let picture = prompt.pictures?.picture(number) { pictures.append(picture) }
                guard isFirst else { continue }
            }
            count += try await vocabulary.count(
                words,
                model: file,
                addSpecial: isFirst,
                parseSpecial: true
            )
            isFirst = false
        }
        do {
            return count + (try await core.writer.count(pictures, of: job))
        } catch {
            throw DeviceWords.translated(error)
        }
    }

    private func read(
        _ request: HTTPRequest,
        onlyCounts: Bool
    ) async throws -> (ConversationWish, LanguageModel) {
        var wish = try MessagesRequest(
            RequestBody.json(of: request),
            onlyCounts: onlyCounts
        ).conversation
        let model = try await core.served(wish.common.model)
        // Clients ask every model for thoughts, whatever it can.
        if !model.can(.thinking) {
            wish.common.think = nil
            wish.thinkingLimit = nil
        }
        return (wish, model)
    }
}

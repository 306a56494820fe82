package import DeviceClient
package import DeviceProtocol
package import HTTPService
package import LanguagePipeline
package import Logging
package import Metrics
internal import ModelStore
package import POSIX
package import ServiceKit

/// Conversations with the models of the stores, for services whose requests become chats.
///
/// Models are started as the language service starts them, so that services with the same settings
/// share engines.
package struct Conversations: Sendable {
    private let core: LanguageCore

    /// A model that can be talked with.
    package struct Model: Sendable {
        fileprivate let model: LanguageModel

        /// Its name, without the parts that are as usual.
        package var name: String { model.name }
        /// Whether it takes pictures.
        package var sees: Bool { model.can(.vision) }

        /// A parameter of its own that is a whole number.
        ///
        /// - Parameter name: Ollama's name for it.
        package func integer(_ name: String) -> Int? { model.parameters.integer(name) }
    }

    /// A model as lists tell it.
    package struct Entry: Sendable {
        /// Its name, without the parts that are as usual.
        package let name: String
        /// Whose it is.
        package let owner: String
        /// When it was changed, in seconds since 1970.
        package let created: Int
        /// Whether it takes pictures.
        package let sees: Bool
    }

    /// A message that a model is to write, and for whom.
    package struct Order: Sendable {
        /// The model.
        package var model: Model
        /// What is asked for.
        package var wish: ConversationWish
        /// How many answers.
        package var count = 1
        /// For whom, and how urgently.
        package var claim: RequestClaim
        /// The request's id.
        package var requestID: String
        /// When the request came.
        package var arrived: MonotonicTime
        /// The shape of errors in the middle of a stream.
        package var errors = ErrorEnvelope.openAI()
        /// What was done for it before.
        package var preparation = AnswerPreparation()

        /// Orders an answer.
        ///
        /// - Parameters:
        ///   - wish: What is asked for.
        ///   - model: The model.
        ///   - claim: For whom, and how urgently.
        ///   - requestID: The request's id.
        ///   - arrived: When the request came.
        package init(
            _ wish: ConversationWish,
            of model: Model,
            for claim: RequestClaim,
            requestID: String,
            arrived: MonotonicTime
        ) {
            self.wish = wish
            self.model = model
            self.claim = claim
            self.requestID = requestID
            self.arrived = arrived
        }
    }

    /// Prepares them; nothing is opened before the first is asked for.
    ///
    /// - Parameters:
    ///   - settings: Stores, and how models are started and kept.
    ///   - device: The way to the device manager.
    ///   - loop: Where engines' answers arrive.
    ///   - metrics: Where they are counted.
    ///   - logger: Where they are told of.
    package init(
        settings: LanguageSettings,
        device: DeviceClient,
        loop: EventLoop,
        metrics: Metrics,
        logger: Logger
    ) {
        core = LanguageCore(
            settings: settings,
            device: device,
            // They are talked with, and neither pulled nor changed.
            catalogue: nil,
            loop: loop,
            metrics: LanguageMetrics(metrics),
            // Of pictures, nothing is kept.
            keeper: nil,
            logger: logger
        )
    }

    // MARK: Models

    /// The models of the stores, newest first; blocks while it reads.
    package func list() -> [Entry] {
        core.models.list().map { summary in
            Entry(
                name: summary.model.name.short,
                owner: summary.model.name.namespace,
                created: WallTime(nanoseconds: summary.model.modified).seconds,
                sees: summary.capabilities.contains(.vision)
            )
        }
    }

    /// A model that an engine can load; blocks while it reads.
    ///
    /// - Parameter name: Its name, as a client writes it.
    /// - Throws: `Refusal` 404 when there is none, others when it cannot be loaded.
    package func model(_ name: String) throws(Refusal) -> Model {
        do {
            return Model(model: try core.loadable(name))
        } catch {
            throw error.about("model")
        }
    }

    /// Makes a model resident, as a request without options of its own would have it.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - ticketClass: In which class it is loaded.
    package func load(_ model: Model, as ticketClass: TicketClass) async throws {
        let model = model.model
        let plan = core.plan(model, model.parameters, for: .text)
        try await core.residencies.with(plan, model: model.name) { name in
            try await core.device.load(
                name,
                ticketClass: ticketClass,
                keepAlive: core.settings.keepAlive
            )
        }
    }

    /// The model whose engine a name at the device manager is; nil for other names.
    ///
    /// - Parameter name: A name in the manager's report.
    package static func model(ofResidency name: String) -> String? { Residencies.model(of: name) }

    // MARK: Answers

    /// A name that no other answer has.
    ///
    /// - Parameter start: What it begins with.
    package func identifier(_ start: String) -> String { core.identifier(start) }

    /// Answers in a shape, piece by piece or as a whole.
    ///
    /// - Parameters:
    ///   - order: What is asked for, and for whom.
    ///   - shape: The form of the answer.
    /// - Throws: `Refusal`, and what the engine and the device manager refuse.
    package func answer(
        _ order: Order,
        in shape: some AnswerShape
    ) async throws -> HTTPResponse {
        let job = try job(order)
        var answer = TextAnswer(
            core: core,
            shape: shape,
            errors: order.errors,
            requestID: order.requestID,
            arrived: order.arrived
        )
        answer.preparation = order.preparation
        let (jobs, common) = (job.repeated(order.count), order.wish.common)
        return try await OpenAIErrors.told(common) { [answer] in
            try await answer.answer(jobs, streams: common.streams)
        }
    }

    /// Has one answer written and returns it.
    ///
    /// - Parameter order: What is asked for, and for whom.
    /// - Throws: As `answer`.
    package func write(_ order: Order) async throws -> AnswerChoice {
        let job = try job(order)
        var all = GenerationPiece()
        var thoughts = 0
        do {
            let outcome = try await core.writer.write(job) { pieces, _ in
                for piece in pieces {
                    thoughts += piece.thoughts
                    all.append(piece)
                }
            }
            return AnswerChoice(all, AnswerFigures(outcome, thoughts, since: order.arrived))
        } catch {
            throw DeviceWords.translated(OpenAIErrors.translated(error, order.wish.common))
        }
    }

    private func job(_ order: Order) throws -> TextJob {
        try TextJob(core: core, model: order.model.model, order.wish, claim: order.claim)
    }
}

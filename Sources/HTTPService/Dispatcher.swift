internal import Logging
internal import POSIX

/// Leads each request from its head to its answer; called on the library's threads.
///
/// DESIGN. A request without a body costs no object here: it is routed, and answered at once when
/// its handler is immediate. Every other request is an `Exchange`. Where a task works, the connection
/// is suspended until there is an outcome, so that the library calls again and the response is queued
/// on the connection's own thread. Admission is decided at the head, before the body is read: slots
/// bound the memory that bodies take.
final class Dispatcher: Sendable {
    /// What became of a callback.
    enum Step {
        /// The response is queued, or more is to come.
        case goOn
        /// The connection is to be closed.
        case close
    }

    let ledger: RequestLedger
    let connections: ConnectionTable
    let log: RequestLog
    let router: Router
    let configuration: HTTPServer.Configuration
    let errors: ErrorRenderer
    let clock: EventLoop
    private let ids = RequestIDs()

    init(
        router: Router,
        configuration: HTTPServer.Configuration,
        ledger: RequestLedger,
        connections: ConnectionTable,
        loop: EventLoop,
        log: RequestLog
    ) {
        self.router = router
        self.configuration = configuration
        self.ledger = ledger
        self.connections = connections
        self.log = log
        clock = loop
        errors = ErrorRenderer(envelope: configuration.errors, logger: log.logger)
    }

    // MARK: Callbacks

    /// Reads what routing needs.
    func head(
        _ fields: ConnectionHead,
        _ client: ClientConnection,
        method: HTTPMethod?,
        path: String?
    ) -> RequestHead {
        let given = fields.requestID.flatMap { HTTPHeaders.isName($0) ? $0 : nil }
        let head = RequestHead(
            id: given ?? ids.make(),
            method: method,
            path: path ?? "",
            match: path.map { router.match(method, $0) } ?? .badPath,
            client: client
        )
        head.envelope = router.errors(head.match, head.path)
        return head
    }

    /// Serves a request without a body.
    ///
    /// - Returns: The exchange, unless everything is done.
    func serve(
        _ head: RequestHead,
        _ fields: ConnectionHead,
        _ connection: Connection
    ) -> (Step, Exchange?) {
        let refusal = admitClient(head, fields, connection)
        if let refusal { return (answerNow(head, .failure(refusal), connection), nil) }
        if case .route(let entry, _, _) = head.match, case .report(let body) = entry.route.handler {
            return (answerNow(head, Result { try body() }, connection), nil)
        }
        let exchange = makeExchange(head)
        ledger.enter()
        admit(exchange, connection, contentType: fields.contentType)
        let step = conclude(exchange, connection)
        return (step, exchange)
    }

    /// Begins a request whose body is to come.
    func begin(
        _ head: RequestHead,
        _ fields: ConnectionHead,
        _ connection: Connection
    ) -> (Step, Exchange?) {
        let refusal = admitClient(head, fields, connection)
        let exchange = makeExchange(head)
        ledger.enter()
        if fields.isAmbiguous {
            // Where the body ends is anybody's guess: nothing after this head can be trusted.
            exchange.refuse(.ambiguousLength)
            return (conclude(exchange, connection), exchange)
        }
        if let refusal {
            exchange.refuse(refusal)
        } else {
            admit(exchange, connection, contentType: fields.contentType)
        }
        let announced = fields.contentLength
        let plan = exchange.intake.plan(
            announced: announced,
            expectsContinue: fields.expectsContinue
        )
        if exchange.intake.isTooLarge { exchange.refuse(.tooLarge(limit: exchange.intake.limit)) }
        switch plan {
        case .receive:
            if let announced { exchange.expect(announced) }
            head.client.enter(.receiving, at: head.began)
            beginUpload(exchange, connection)
            return (.goOn, exchange)
        case .discard:
            head.client.enter(.receiving, at: head.began)
            return (.goOn, exchange)
        case .refuseNow: return (conclude(exchange, connection), exchange)
        }
    }

    /// Goes on after the body, or after the connection was resumed.
    func proceed(_ exchange: Exchange, _ connection: Connection) -> Step {
        switch exchange.phase {
        case .receiving: return conclude(exchange, connection)
        case .uploading(let request):
            request.endBody()
            exchange.head.client.enter(.working, at: .now)
            exchange.phase = .running(request)
            return proceed(exchange, connection)
        case .running(let request):
            guard let outcome = request.awaitOutcome() else { return .goOn }
            exchange.phase = .answered
            return answer(exchange, outcome, connection, request)
        case .answered: return .goOn
        }
    }

    /// Ends a request, whatever became of it.
    ///
    /// - Parameters:
    ///   - exchange: The request.
    ///   - isSent: Whether the library handed the whole answer to the kernel.
    func complete(_ exchange: Exchange, isSent: Bool) {
        let head = exchange.head
        let request = exchange.task ?? exchange.answer?.request
        if let request {
            request.end()
            ledger.remove(request)
        }
        // Given up by the client, by us when a refused body had no end or took too long, or by the
        // library.
        let status = head.client.takeStatus() ?? exchange.refusal?.status ?? RequestLog.clientGone
        var answer = exchange.answer ?? RequestLog.Answer(status: status)
        answer.isCut = exchange.answer != nil && !isSent
        log.record(head, answer, received: exchange.intake.received)
        exchange.phase = .answered
        releaseSlot(exchange)
        ledger.leave()
        head.client.finish(at: .now)
    }

    /// Finds our words for what the library refuses by itself, before there is a request or in its
    /// middle.
    ///
    /// - Returns: The bytes of the answer.
    func answerForLibrary(_ error: HTTPError, _ client: ClientConnection) -> [UInt8] {
        let head = RequestHead(
            id: ids.make(),
            method: nil,
            path: "",
            match: .badPath,
            client: client
        )
        if client.isReceiving {
            // The exchange writes the log line when it ends.
            client.note(status: error.status)
        } else {
            log.record(head, RequestLog.Answer(status: error.status), received: 0)
        }
        return RawAnswer.bytes(error, configuration.errors, requestID: head.id)
    }
}

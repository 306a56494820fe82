internal import Logging
internal import POSIX

/// Leads each request from its head to its answer; called on the library's threads.
///
/// DESIGN. A request without a body costs no object here: it is routed, and answered at once when
/// its handler is immediate. Every other request is an `Exchange`. A task's request is suspended
/// when its body is complete; its outcome is stored and the connection resumed, so that the library
/// calls again and the response is queued on the connection's own thread. Admission is decided at
/// the head, before the body is read: slots bound the memory that bodies take.
final class Dispatcher: Sendable {
    /// What became of a callback.
    enum Step {
        /// The response is queued, or more is to come.
        case goOn
        /// The connection is to be closed.
        case close
    }

    let ledger: RequestLedger
    private let router: Router
    private let configuration: HTTPServer.Configuration
    private let errors: ErrorRenderer
    private let log: RequestLog
    private let ids = RequestIDs()

    init(
        router: Router,
        configuration: HTTPServer.Configuration,
        ledger: RequestLedger,
        log: RequestLog
    ) {
        self.router = router
        self.configuration = configuration
        self.ledger = ledger
        self.log = log
        errors = ErrorRenderer(envelope: configuration.errors, logger: log.logger)
    }

    // MARK: Callbacks

    /// Reads what routing needs.
    func head(_ connection: Connection, method: String, path: String?) -> RequestHead {
        let given = connection.header("X-Request-Id")
        let id = given.flatMap { RequestIDs.isAcceptable($0) ? $0 : nil } ?? ids.make()
        let known = HTTPMethod(rawValue: method)
        return RequestHead(
            id: id,
            method: known,
            path: path ?? "",
            match: path.map { router.match(known, $0) } ?? .badPath,
            began: .now
        )
    }

    /// Serves a request without a body.
    ///
    /// - Returns: The exchange when a task was started.
    func serve(_ head: RequestHead, _ connection: Connection) -> (Step, Exchange?) {
        if case .route(let route, _, _) = head.match, case .report(let body) = route.handler {
            return (answer(head, Result { try body() }, connection), nil)
        }
        let exchange = makeExchange(head)
        ledger.enter()
        admit(exchange, connection)
        let step = conclude(exchange, connection)
        if case .running = exchange.phase { return (step, exchange) }
        ledger.leave()
        return (step, nil)
    }

    /// Begins a request whose body is to come.
    func begin(_ head: RequestHead, _ connection: Connection) -> (Step, Exchange?) {
        let exchange = makeExchange(head)
        ledger.enter()
        admit(exchange, connection)
        let announced = connection.header("Content-Length").flatMap { Int($0) }
        let plan = exchange.intake.plan(
            announced: announced,
            expectsContinue: connection.expectsContinue
        )
        if exchange.intake.isTooLarge { exchange.refuse(.tooLarge(limit: exchange.intake.limit)) }
        switch plan {
        case .receive:
            if let announced { exchange.expect(announced) }
            return (.goOn, exchange)
        case .discard: return (.goOn, exchange)
        case .refuseNow: return (conclude(exchange, connection), exchange)
        }
    }

    /// Goes on after the body, or after the connection was resumed.
    func proceed(_ exchange: Exchange, _ connection: Connection) -> Step {
        switch exchange.phase {
        case .receiving: return conclude(exchange, connection)
        case .running(let running):
            // Called although nobody resumed: wait on, and above all do not suspend again.
            guard let outcome = running.outcome else { return .goOn }
            exchange.phase = .answered
            return answer(exchange.head, outcome, connection)
        case .answered: return .goOn
        }
    }

    /// Ends a request, whatever became of it.
    func complete(_ exchange: Exchange) {
        switch exchange.phase {
        case .receiving:
            // Given up by the client, or by us when a refused body had no end.
            let status = exchange.refusal?.status ?? RequestLog.clientGone
            log.record(exchange.head, status: status, bytes: 0)
        case .running(let running): running.cancel()
        case .answered: break
        }
        exchange.phase = .answered
        releaseSlot(exchange)
        ledger.leave()
    }

    // MARK: Steps

    private func makeExchange(_ head: RequestHead) -> Exchange {
        guard case .route(let route, _, _) = head.match else {
            return Exchange(head, bodyLimit: configuration.bodyLimit)
        }
        return Exchange(head, bodyLimit: route.bodyLimit ?? configuration.bodyLimit)
    }

    /// Decides by the head alone whether the request will be worked on.
    private func admit(_ exchange: Exchange, _ connection: Connection) {
        switch exchange.head.match {
        case .notFound: exchange.refuse(.notFound)
        case .badPath: exchange.refuse(.badPath)
        case .notAllowed(let endpoint): exchange.refuse(.notAllowed(endpoint.allow))
        case .options: break
        case .route(let route, _, _):
            if case .task = route.handler {
                switch ledger.takeSlot() {
                case .admitted: exchange.holdsSlot = true
                case .busy: return exchange.refuse(.busy)
                case .draining: return exchange.refuse(.draining)
                }
            }
            do {
                exchange.multipart = try reader(for: route, connection)
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private func reader(
        for route: Route,
        _ connection: Connection
    ) throws(HTTPError) -> MultipartReader? {
        if case .bytes = route.body { return nil }
        guard MultipartReader.isMultipart(connection.header("Content-Type")) else {
            if case .multipart = route.body { throw .notMultipart }
            return nil
        }
        return try MultipartReader(connection)
    }

    /// Works on a request whose body is complete, or refuses it.
    private func conclude(_ exchange: Exchange, _ connection: Connection) -> Step {
        let head = exchange.head
        if let refusal = exchange.refusal {
            exchange.phase = .answered
            releaseSlot(exchange)
            return answer(head, .failure(refusal), connection)
        }
        guard case .route(let route, _, let parameters) = head.match else {
            exchange.phase = .answered
            return answerOptions(head, connection)
        }
        let request: HTTPRequest
        do {
            request = try self.request(exchange, parameters, connection)
        } catch {
            exchange.phase = .answered
            releaseSlot(exchange)
            return answer(head, .failure(error), connection)
        }
        switch route.handler {
        case .report(let body):
            exchange.phase = .answered
            return answer(head, Result { try body() }, connection)
        case .immediate(let body):
            exchange.phase = .answered
            return answer(head, Result { try body(request) }, connection)
        case .task(let body):
            start(exchange, connection, request, body)
            return .goOn
        }
    }

    private func request(
        _ exchange: Exchange,
        _ parameters: [(name: String, value: String)],
        _ connection: Connection
    ) throws(HTTPError) -> HTTPRequest {
        let head = exchange.head
        // A route was found, so the method is one that routes can have.
        var request = HTTPRequest(head.method ?? .get, head.path, id: head.id)
        request.parameters = parameters
        request.query = try connection.query()
        request.headers = connection.headers()
        request.peer = connection.peer
        if let multipart = exchange.multipart {
            request.parts = try multipart.finish()
        } else {
            request.body = exchange.takeBytes()
        }
        return request
    }

    private func start(
        _ exchange: Exchange,
        _ connection: Connection,
        _ request: HTTPRequest,
        _ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) {
        let running = RunningRequest(connection)
        exchange.phase = .running(running)
        exchange.holdsSlot = false
        // First suspended, then known to others: whoever ends it resumes it.
        connection.suspend()
        guard ledger.suspended(running) else {
            ledger.returnSlot()
            running.finish(.failure(HTTPError.draining))
            return
        }
        // The bridge from the library's thread: the ledger owns the task and ends it when draining.
        let task = Task { [ledger] in
            let outcome: RunningRequest.Outcome
            do {
                outcome = .success(try await body(request))
            } catch {
                outcome = .failure(error)
            }
            ledger.returnSlot()
            if running.finish(outcome) { ledger.resumed(running) }
        }
        running.attach(task)
    }

    private func releaseSlot(_ exchange: Exchange) {
        guard exchange.holdsSlot else { return }
        exchange.holdsSlot = false
        ledger.returnSlot()
    }

    // MARK: Answers

    private func answerOptions(_ head: RequestHead, _ connection: Connection) -> Step {
        var response = HTTPResponse(status: 204, contentType: nil)
        if case .options(let endpoint) = head.match { response.headers["Allow"] = endpoint.allow }
        return answer(head, .success(response), connection)
    }

    private func answer(
        _ head: RequestHead,
        _ outcome: RunningRequest.Outcome,
        _ connection: Connection
    ) -> Step {
        let response: HTTPResponse
        switch outcome {
        case .success(let success): response = success
        case .failure(let error):
            response = errors.response(
                for: error,
                envelope: head.envelope,
                requestID: head.id
            )
        }
        var extra: HTTPHeaders = ["X-Request-Id": head.id]
        if let timing = response.serverTiming { extra.add("Server-Timing", timing) }
        // A kept connection would only be cut later.
        if ledger.isDraining { extra.add("Connection", "close") }
        let isSent = connection.send(response, extra: extra) { name in
            log.logger.warning(
                "response header refused",
                [("request_id", head.id), ("header", name)]
            )
        }
        log.record(head, status: response.status, bytes: response.body.count)
        return isSent ? .goOn : .close
    }
}

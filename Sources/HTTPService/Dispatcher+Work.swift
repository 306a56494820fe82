internal import POSIX

/// The work on a request, from its last byte in to its outcome.
extension Dispatcher {
    /// Works on a request whose body is complete, or refuses it.
    func conclude(_ exchange: Exchange, _ connection: Connection) -> Step {
        let head = exchange.head
        if let refusal = exchange.refusal {
            return refuse(exchange, refusal, connection)
        }
        guard case .route(let entry, _, let parameters) = head.match else {
            exchange.phase = .answered
            return answerOptions(exchange, connection)
        }
        let request: HTTPRequest
        do {
            request = try self.request(exchange, parameters, connection)
        } catch {
            return refuse(exchange, error, connection)
        }
        let route = entry.route
        switch route.handler {
        case .report(let body):
            exchange.phase = .answered
            return answer(exchange, Result { try body() }, connection, nil)
        case .immediate(let body):
            exchange.phase = .answered
            return answer(exchange, Result { try body(request) }, connection, nil)
        case .task, .upload:
            head.client.enter(.working, at: head.began)
            let running = RunningRequest(connection, bodyFollows: false)
            exchange.phase = .running(running)
            start(running, exchange, route, request)
            return proceed(exchange, connection)
        }
    }

    /// Starts a handler that reads the body while it arrives; nothing for other routes.
    func beginUpload(_ exchange: Exchange, _ connection: Connection) {
        guard case .route(let entry, _, let parameters) = exchange.head.match,
            case .upload = entry.route.handler
        else { return }
        do {
            let request = try self.request(exchange, parameters, connection)
            exchange.head.client.enter(.uploading, at: exchange.head.began)
            let running = RunningRequest(connection, bodyFollows: true)
            exchange.phase = .uploading(running)
            start(running, exchange, entry.route, request)
        } catch {
            exchange.refuse(error)
        }
    }

    func refuse(_ exchange: Exchange, _ error: HTTPError, _ connection: Connection) -> Step {
        exchange.phase = .answered
        releaseSlot(exchange)
        return answer(exchange, .failure(error), connection, nil)
    }

    func request(
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
        request.peer = head.client.peer
        request.key = head.key
        if let multipart = exchange.multipart.take() {
            request.parts = try multipart.finish()
        } else {
            request.body = exchange.takeBytes()
        }
        return request
    }

    /// Starts the task of a request, or decides at once why there is none.
    func start(
        _ running: RunningRequest,
        _ exchange: Exchange,
        _ route: Route,
        _ request: HTTPRequest
    ) {
        exchange.holdsSlot = false
        if let reason = obstacle(to: running, exchange) {
            ledger.returnSlot()
            running.finish(.failure(reason))
            return
        }
        let timer = route.timeLimit.map { limit in
            clock.schedule(at: .now + limit) { running.cancel(HTTPError.tookTooLong) }
        }
        // The bridge from the library's thread: the ledger knows the request and ends it when
        // draining.
        let task = Task(executorPreference: executor(for: request, route)) { [ledger, clock] in
            await Self.work(
                running,
                request,
                route.handler,
                decided: { if let timer { clock.cancel(timer) } },
                ended: { ledger.returnSlot() }
            )
        }
        running.attach(task)
    }

    /// Bytes of a body that is read at once.
    private static let shortBody = 8 << 10

    private func executor(for request: HTTPRequest, _ route: Route) -> any TaskExecutor {
        let place = request.body.count <= Self.shortBody ? route.shortTasks : nil
        return place ?? WorkerPool.shared
    }

    private func obstacle(to running: RunningRequest, _ exchange: Exchange) -> (any Error)? {
        if !ledger.add(running) { return HTTPError.draining }
        return exchange.head.client.begin(running) ? nil : ClientGone()
    }

    /// The task of a request: finds the answer, and writes its body if that is streamed.
    ///
    /// `ended` comes before the last byte is handed over: who has the whole answer and asks again at
    /// once must find the slot free.
    static func work(
        _ running: RunningRequest,
        _ request: HTTPRequest,
        _ handler: Route.Handler,
        decided: () -> Void,
        ended: () -> Void
    ) async {
        let response: HTTPResponse
        do {
            response = try await handler.answer(request, BodyStream(request: running))
        } catch {
            decided()
            ended()
            running.finish(.failure(error))
            return
        }
        decided()
        guard case .stream(let write) = response.body else {
            ended()
            running.finish(.success(response))
            return
        }
        running.allowUnread(response.unreadLimit)
        if response.startsLate, request.method != .head {
            running.hold(response)
        } else if !running.finish(.success(response)) {
            return ended()
        }
        let failure = request.method == .head ? nil : await stream(running, write)
        ended()
        if let held = running.takeHeld() {
            // Nothing was written: the head is still to be decided.
            running.finish(failure.map { .failure($0) } ?? .success(held))
        } else if let failure, !(failure is CancellationError) {
            running.note("error", "\(failure)")
        }
        running.endAnswer(isComplete: failure == nil)
    }

    /// Writes the body of an answer; returns why it is not complete.
    private static func stream(
        _ running: RunningRequest,
        _ write: @Sendable (AnswerStream) async throws -> Void
    ) async -> (any Error)? {
        do {
            try await write(AnswerStream(request: running))
            return nil
        } catch {
            return error
        }
    }
}

extension Route.Handler {
    /// What the handler answers, whatever its kind.
    fileprivate func answer(
        _ request: HTTPRequest,
        _ body: BodyStream
    ) async throws -> HTTPResponse {
        switch self {
        case .report(let answer): try answer()
        case .immediate(let answer): try answer(request)
        case .task(let answer): try await answer(request)
        case .upload(let answer): try await answer(request, body)
        }
    }
}

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
        case .task(let body):
            let running = RunningRequest(connection, bodyFollows: false)
            exchange.phase = .running(running)
            return start(exchange, connection, running, route) { try await body(request) }
        case .upload(let body):
            // Without a body there is nothing to wait for.
            let running = RunningRequest(connection, bodyFollows: false)
            exchange.phase = .running(running)
            return start(exchange, connection, running, route) {
                try await body(request, BodyStream(request: running))
            }
        }
    }

    /// Starts a handler that reads the body while it arrives.
    func beginUpload(_ exchange: Exchange, _ connection: Connection) -> Step {
        guard case .route(let entry, _, let parameters) = exchange.head.match,
            case .upload(let body) = entry.route.handler, exchange.refusal == nil
        else { return .goOn }
        let request: HTTPRequest
        do {
            request = try self.request(exchange, parameters, connection)
        } catch {
            exchange.refuse(error)
            return .goOn
        }
        let running = RunningRequest(connection, bodyFollows: true)
        exchange.phase = .uploading(running)
        let step = start(exchange, connection, running, entry.route) {
            try await body(request, BodyStream(request: running))
        }
        exchange.head.client.enter(.uploading, at: exchange.head.began)
        return step
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
        if let multipart = exchange.multipart {
            request.parts = try multipart.finish()
        } else {
            request.body = exchange.takeBytes()
        }
        return request
    }

    func start(
        _ exchange: Exchange,
        _ connection: Connection,
        _ running: RunningRequest,
        _ route: Route,
        _ body: @escaping @Sendable () async throws -> HTTPResponse
    ) -> Step {
        exchange.holdsSlot = false
        guard ledger.add(running) else {
            ledger.returnSlot()
            running.finish(.failure(HTTPError.draining))
            return proceedIfComplete(exchange, connection)
        }
        guard exchange.head.client.begin(running) else {
            ledger.returnSlot()
            running.finish(.failure(ClientGone()))
            return proceedIfComplete(exchange, connection)
        }
        exchange.head.client.enter(.working, at: exchange.head.began)
        let timer = route.timeLimit.map { limit in
            clock.schedule(at: .now + limit) { running.cancel(HTTPError.tookTooLong) }
        }
        let isHead = exchange.head.method == .head
        // The bridge from the library's thread: the ledger knows the request and ends it when
        // draining.
        let task = Task { [ledger, clock] in
            await Self.work(running, isHead: isHead, body) {
                if let timer { clock.cancel(timer) }
            }
            ledger.returnSlot()
        }
        running.attach(task)
        return proceedIfComplete(exchange, connection)
    }

    /// Suspends the connection for the outcome unless its body is still to come.
    func proceedIfComplete(_ exchange: Exchange, _ connection: Connection) -> Step {
        if case .running = exchange.phase { return proceed(exchange, connection) }
        return .goOn
    }

    /// The task of a request: finds the answer, and writes its body if that is streamed.
    static func work(
        _ running: RunningRequest,
        isHead: Bool,
        _ body: @Sendable () async throws -> HTTPResponse,
        decided: () -> Void
    ) async {
        let response: HTTPResponse
        do {
            response = try await body()
        } catch {
            decided()
            running.finish(.failure(error))
            return
        }
        decided()
        guard running.finish(.success(response)), case .stream(let write) = response.body else {
            return
        }
        guard !isHead else { return running.endAnswer(isComplete: true) }
        do {
            try await write(AnswerStream(request: running))
            running.endAnswer(isComplete: true)
        } catch {
            if !(error is CancellationError) { running.note("error", "\(error)") }
            running.endAnswer(isComplete: false)
        }
    }
}

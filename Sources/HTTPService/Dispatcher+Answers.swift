internal import Logging

/// The way of an outcome to the client.
extension Dispatcher {
    func answerOptions(_ exchange: Exchange, _ connection: Connection) -> Step {
        var response = HTTPResponse(status: 204, contentType: nil)
        if case .options(let endpoint) = exchange.head.match {
            response.headers["Allow"] = endpoint.allow
            if exchange.head.origin != nil,
                connection.header("Access-Control-Request-Method") != nil
            {
                let fields = OriginPolicy.preflight(
                    methods: endpoint.allow,
                    headers: connection.header("Access-Control-Request-Headers"),
                    isPrivate: connection.header("Access-Control-Request-Private-Network") == "true"
                )
                for (name, value) in fields { response.headers.add(name, value) }
            }
        }
        return answer(exchange, .success(response), connection, nil)
    }

    /// Answers an exchange; its log line is written when the last byte is out.
    func answer(
        _ exchange: Exchange,
        _ outcome: RunningRequest.Outcome,
        _ connection: Connection,
        _ request: RunningRequest?
    ) -> Step {
        if case .failure(let error) = outcome, error is ClientGone {
            exchange.answer = RequestLog.Answer(status: RequestLog.clientGone, request: request)
            return .close
        }
        let response = response(for: outcome, exchange.head, isStreamable: request != nil)
        exchange.answer = RequestLog.Answer(response, request: request)
        return send(response, exchange.head, connection, request) ? .goOn : .close
    }

    /// Answers at once, and logs at once.
    func answerNow(
        _ head: RequestHead,
        _ outcome: RunningRequest.Outcome,
        _ connection: Connection
    ) -> Step {
        let response = response(for: outcome, head, isStreamable: false)
        let isSent = send(response, head, connection, nil)
        log.record(head, RequestLog.Answer(response, request: nil), received: 0)
        head.client.touch(at: head.began)
        return isSent ? .goOn : .close
    }

    func response(
        for outcome: RunningRequest.Outcome,
        _ head: RequestHead,
        isStreamable: Bool
    ) -> HTTPResponse {
        switch outcome {
        case .success(let response):
            guard case .stream = response.body, !isStreamable else { return response }
            log.logger.error("only tasks can stream", [("request_id", head.id)])
            return errors.response(
                for: HTTPError.internalFailure,
                envelope: head.envelope,
                requestID: head.id
            )
        case .failure(let error):
            return errors.response(for: error, envelope: head.envelope, requestID: head.id)
        }
    }

    func send(
        _ response: HTTPResponse,
        _ head: RequestHead,
        _ connection: Connection,
        _ request: RunningRequest?
    ) -> Bool {
        let extra = Connection.ServerFields(
            requestID: head.id,
            timing: response.serverTiming,
            origin: head.origin,
            // A kept connection would only be cut later, or its next request be misread.
            closes: ledger.isDraining || head.client.isSurplus || head.isMalformed,
            isHead: head.method == .head
        )
        return connection.send(response, extra: extra, request: request) { name in
            log.logger.warning(
                "response header refused",
                [("request_id", head.id), ("header", name)]
            )
        }
    }
}

internal import POSIX

/// What is decided when a request's head is there.
extension Dispatcher {
    func makeExchange(_ head: RequestHead) -> Exchange {
        var limit = configuration.bodyLimit
        if case .route(let entry, _, _) = head.match, let own = entry.route.bodyLimit {
            limit = own
        }
        return Exchange(head, bodyLimit: limit)
    }

    /// Decides whether the client may be served at all; notes who it is.
    func admitClient(
        _ head: RequestHead,
        _ fields: ConnectionHead,
        _ connection: Connection
    ) -> HTTPError? {
        if head.client.isSurplus { return .surplusConnection }
        if head.isMalformed { return .oneHost }
        var needsKey = true
        switch head.match {
        case .route(let entry, _, _): needsKey = !entry.route.isOpen
        // Browsers ask without credentials what they may send.
        case .options, .server: needsKey = false
        case .notAllowed, .notFound, .badPath: break
        }
        do {
            head.key = try configuration.access.admit(fields, needsKey: needsKey) {
                connection.header("X-Api-Key")
            }
        } catch {
            return error
        }
        head.origin = fields.origin
        return nil
    }

    func admit(_ exchange: Exchange, _ connection: Connection, contentType: String?) {
        switch exchange.head.match {
        case .notFound: exchange.refuse(.notFound)
        case .badPath: exchange.refuse(.badPath)
        case .notAllowed(let endpoint): exchange.refuse(.notAllowed(endpoint.allow))
        case .options, .server: break
        case .route(let entry, _, _):
            let route = entry.route
            switch route.handler {
            case .report, .immediate: break
            case .task, .upload:
                switch ledger.takeSlot() {
                case .admitted: exchange.holdsSlot = true
                case .busy: return exchange.refuse(.busy)
                case .draining: return exchange.refuse(.draining)
                }
            }
            do {
                exchange.multipart = try reader(for: route, contentType)
            } catch {
                exchange.refuse(error)
            }
        }
    }

    func reader(
        for route: Route,
        _ contentType: String?
    ) throws(HTTPError) -> MultipartReader? {
        if case .bytes = route.body { return nil }
        guard MultipartReader.isMultipart(contentType) else {
            if case .multipart = route.body { throw .notMultipart }
            return nil
        }
        return try MultipartReader(contentType: contentType ?? "")
    }

    func releaseSlot(_ exchange: Exchange) {
        guard exchange.holdsSlot else { return }
        exchange.holdsSlot = false
        ledger.returnSlot()
    }
}

internal import JSON
internal import Logging
internal import Metrics

/// The routes that every service has: `/health`, `/health/ready`, `/metrics`, `/openapi.json`.
///
/// Probes ask them every few seconds, so their log lines are at level `debug`.
enum StandardRoutes {
    /// Adds the routes to a service's own.
    ///
    /// - Parameters:
    ///   - router: The service's routes.
    ///   - about: The service.
    ///   - envelope: The service's shape of errors.
    ///   - metrics: What `/metrics` shows.
    ///   - isDraining: Whether the server is shutting down.
    static func add(
        to router: inout Router,
        about: ServiceDescription,
        envelope: ErrorEnvelope,
        metrics: Metrics,
        isDraining: @escaping @Sendable () -> Bool
    ) {
        router.add(health(about))
        router.add(readiness(about, isDraining))
        router.add(exposition(metrics))
        // Described before it is made: the document contains its own route.
        let all = router.routes + [document([])]
        let text = OpenAPI.document(about: about, routes: all, envelope: envelope).serialized
        router.add(document(text))
    }

    private static func health(_ about: ServiceDescription) -> Route {
        let description = Route.Description("Says how the service is.", response: anyObject)
        return Route(
            .get,
            "/health",
            description,
            logLevel: .debug,
            isOpen: true,
            handler: .report {
                var writer = JSONWriter(reserving: 256)
                about.health(&writer)
                return .json(bytes: writer.bytes)
            }
        )
    }

    private static func readiness(
        _ about: ServiceDescription,
        _ isDraining: @escaping @Sendable () -> Bool
    ) -> Route {
        let description = Route.Description(
            "Says whether the service can work now; 503 with a reason when it cannot.",
            response: [
                "type": "object",
                "properties": ["ready": ["type": "boolean"], "reason": ["type": "string"]],
                "required": ["ready"],
            ]
        )
        return Route(
            .get,
            "/health/ready",
            description,
            logLevel: .debug,
            isOpen: true,
            handler: .report {
                guard let reason = isDraining() ? "draining" : about.notReady() else {
                    return .json(["ready": true])
                }
                return .json(["ready": false, "reason": .string(reason)], status: 503)
            }
        )
    }

    private static func exposition(_ metrics: Metrics) -> Route {
        let type = "text/plain; version=0.0.4; charset=utf-8"
        return Route(
            .get,
            "/metrics",
            Route.Description("Gives the service's metrics in the Prometheus text format."),
            logLevel: .debug,
            handler: .report {
                HTTPResponse(contentType: type, body: Array(metrics.rendered().utf8))
            }
        )
    }

    private static func document(_ text: [UInt8]) -> Route {
        let tag = EntityTag(of: text)
        return Route(
            .get,
            "/openapi.json",
            Route.Description("Gives this document.", response: anyObject),
            logLevel: .debug,
            handler: .immediate { request in
                .constant(text, contentType: "application/json", tag: tag, for: request)
            }
        )
    }

    private static let anyObject: JSONValue = ["type": "object"]
}

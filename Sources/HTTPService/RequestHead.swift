internal import Logging
internal import POSIX

/// What is known of a request before its body.
struct RequestHead: Sendable {
    let id: String
    /// Nil for a method that no route can have.
    let method: HTTPMethod?
    /// As it was sent.
    let path: String
    let match: Router.Match
    let began: MonotonicTime

    /// The route's path for logs and metrics.
    var route: String {
        switch match {
        case .route(_, let endpoint, _), .options(let endpoint), .notAllowed(let endpoint):
            endpoint.path
        case .notFound, .badPath: RequestLog.unmatched
        }
    }

    var logLevel: LogLevel {
        if case .route(let route, _, _) = match { route.logLevel } else { .info }
    }

    /// The shape of errors that the route asks for, or nil for the server's.
    var envelope: ErrorEnvelope? {
        if case .route(let route, _, _) = match { route.errors } else { nil }
    }
}

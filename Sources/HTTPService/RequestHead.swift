internal import Logging
internal import POSIX

/// What is known of a request before its body.
///
/// Made and filled in on the library's thread; a class because it is handed from step to step.
final class RequestHead {
    let id: String
    /// Nil for a method that no route can have.
    let method: HTTPMethod?
    /// As it was sent.
    let path: String
    let match: Router.Match
    let began: MonotonicTime
    let client: ClientConnection
    /// Whether it names no host, or several, where it must name one.
    var isMalformed = false
    /// The shape of errors that the route or the path asks for, or nil for the server's.
    var envelope: ErrorEnvelope?
    /// The page that may read the answer.
    var origin: String?
    /// With which the client proved who it is, where that is demanded.
    var key: APIKey?

    init(
        id: String,
        method: HTTPMethod?,
        path: String,
        match: Router.Match,
        client: ClientConnection
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.match = match
        self.client = client
        began = .now
    }

    /// The path with its methods that the request belongs to, or nil when there is none.
    var endpoint: Router.Endpoint? {
        switch match {
        case .route(_, let endpoint, _), .options(let endpoint), .notAllowed(let endpoint): endpoint
        case .server, .notFound, .badPath: nil
        }
    }

    var logLevel: LogLevel {
        if case .route(let entry, _, _) = match { entry.route.logLevel } else { .info }
    }
}

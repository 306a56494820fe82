/// Finds the route for a method and a path.
///
/// DESIGN. Paths without parameters are looked up as they came, in one table; nearly every request
/// ends there. The others, and paths with percent escapes, are compared segment by segment: decoded
/// one by one, so that an encoded slash stays inside its segment. A literal segment goes before a
/// parameter, from left to right, whatever the order of registration.
package struct Router: Sendable {
    /// All methods of one path.
    final class Endpoint: Sendable {
        let path: String
        let segments: [Segment]
        let entries: [Entry]
        /// Every method that is answered, for the `Allow` field.
        let allow: String
        /// Where its requests are counted.
        let tally = RequestTally.Kept()

        init(path: String, segments: [Segment], routes: [Route]) {
            self.path = path
            self.segments = segments
            entries = routes.map(Entry.init)
            var methods = routes.map(\.method)
            if methods.contains(.get) { methods.append(.head) }
            if !methods.contains(.options) { methods.append(.options) }
            allow = HTTPMethod.allCases.filter(methods.contains).map(\.rawValue)
                .joined(separator: ", ")
        }
    }

    /// A route as a request carries it along: one reference instead of a copy of all its fields.
    final class Entry: Sendable {
        let route: Route

        init(_ route: Route) {
            self.route = route
        }
    }

    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    enum Match: Sendable {
        case route(Entry, Endpoint, parameters: [(name: String, value: String)])
        case options(Endpoint)
        case notAllowed(Endpoint)
        /// A question about the server as a whole.
        case server
        case notFound
        case badPath
    }

    /// All routes in order of registration.
    package private(set) var routes: [Route] = []
    private var literals: [String: Endpoint] = [:]
    /// Every endpoint, the more literal ones first.
    private var ordered: [Endpoint] = []

    /// The shapes of errors where there is no route, by the start of the path; the longest counts.
    private var shapes: [(start: String, errors: ErrorEnvelope)] = []

    /// Creates an empty router.
    package init() {}

    /// Adds a route.
    ///
    /// - Parameter route: The route.
    /// - Precondition: Its path starts with `/`; no route has the same method and a path that
    ///   differs in parameter names only; it is no HEAD route.
    package mutating func add(_ route: Route) {
        precondition(route.method != .head, "GET routes answer HEAD")
        precondition(route.path.hasPrefix("/"), "the path '\(route.path)' starts with '/'")
        let segments = Self.split(route.path).map(Self.segment)
        let index = ordered.firstIndex { Self.isSame($0.segments, segments) }
        var methods: [Route] = []
        if let index {
            methods = ordered.remove(at: index).entries.map(\.route)
            precondition(
                methods.allSatisfy { $0.method != route.method && $0.path == route.path },
                "'\(route.method.rawValue) \(route.path)' is registered already"
            )
        }
        let endpoint = Endpoint(path: route.path, segments: segments, routes: methods + [route])
        routes.append(route)
        ordered.append(endpoint)
        ordered.sort { Self.isMoreLiteral($0.segments, $1.segments) }
        if segments.allSatisfy(Self.isLiteral) { literals[route.path] = endpoint }
    }

    /// Says in which shape requests to paths that do not exist are refused.
    ///
    /// - Parameters:
    ///   - errors: The shape.
    ///   - start: How the paths begin.
    package mutating func setErrors(_ errors: ErrorEnvelope, below start: String) {
        shapes.append((start, errors))
        shapes.sort { $0.start.utf8.count > $1.start.utf8.count }
    }

    /// The shape of errors of a match that has no route, or nil for the server's.
    func errors(_ match: Match, _ path: String) -> ErrorEnvelope? {
        switch match {
        case .route(let entry, _, _): entry.route.errors
        case .options(let endpoint), .notAllowed(let endpoint): endpoint.entries.first?.route.errors
        case .server: nil
        case .notFound, .badPath: shapes.first { path.hasPrefix($0.start) }?.errors
        }
    }

    /// Finds what answers.
    ///
    /// - Parameters:
    ///   - method: The method; nil for one that no route can have.
    ///   - path: The path as it was sent.
    func match(_ method: HTTPMethod?, _ path: String) -> Match {
        if let endpoint = literals[path] { return pick(method, endpoint, []) }
        guard path.hasPrefix("/") else {
            if path == "*", method == .options { return .server }
            return Self.path(ofURL: path).map { match(method, $0) } ?? .notFound
        }
        var decoded: [String] = []
        for part in Self.split(path) {
            guard let text = PercentCoding.decode(part) else { return .badPath }
            decoded.append(text)
        }
        for endpoint in ordered {
            if let parameters = Self.bind(endpoint.segments, to: decoded) {
                return pick(method, endpoint, parameters)
            }
        }
        return .notFound
    }

    private func pick(
        _ method: HTTPMethod?,
        _ endpoint: Endpoint,
        _ parameters: [(name: String, value: String)]
    ) -> Match {
        let wanted = method == .head ? .get : method
        if let entry = endpoint.entries.first(where: { $0.route.method == wanted }) {
            return .route(entry, endpoint, parameters: parameters)
        }
        return method == .options ? .options(endpoint) : .notAllowed(endpoint)
    }

    /// The path of an absolute target, which servers must accept (RFC 9112, section 3.2.2).
    private static func path(ofURL target: String) -> String? {
        for scheme in ["http://", "https://"] where target.hasPrefix(scheme) {
            let path = target.dropFirst(scheme.count).drop { $0 != "/" }
            return path.isEmpty ? "/" : String(path)
        }
        return nil
    }

    /// Byte by byte: finding characters first took longer than all else about a path.
    private static func split(_ path: String) -> [Substring] {
        path.utf8.dropFirst()
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Substring.init)
    }

    private static func segment(_ text: Substring) -> Segment {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return .literal(String(text)) }
        return .parameter(String(text.dropFirst().dropLast()))
    }

    private static func isLiteral(_ segment: Segment) -> Bool {
        if case .literal = segment { true } else { false }
    }

    private static func isSame(_ left: [Segment], _ right: [Segment]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { $0 == $1 || !isLiteral($0) && !isLiteral($1) }
    }

    private static func isMoreLiteral(_ left: [Segment], _ right: [Segment]) -> Bool {
        guard left.count == right.count else { return left.count < right.count }
        for (left, right) in zip(left, right) where isLiteral(left) != isLiteral(right) {
            return isLiteral(left)
        }
        return false
    }

    private static func bind(
        _ segments: [Segment],
        to texts: [String]
    ) -> [(name: String, value: String)]? {
        guard segments.count == texts.count else { return nil }
        var parameters: [(name: String, value: String)] = []
        for (segment, text) in zip(segments, texts) {
            switch segment {
            case .literal(let literal):
                guard literal == text else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters.append((name, text))
            }
        }
        return parameters
    }
}

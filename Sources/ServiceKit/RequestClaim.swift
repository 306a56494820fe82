package import DeviceProtocol
package import HTTPService

/// For whom and how urgently a request wants the device.
package struct RequestClaim: Sendable, Hashable {
    /// Who goes first.
    package let ticketClass: TicketClass
    /// How long the request may wait for its turns; nil means as long as it takes.
    package let deadline: Duration?
    /// Whose share it counts against.
    package let key: String
    /// Whose part of that share; nil when the key speaks for nobody else.
    package let subKey: String?

    /// Reads a request's headers and key.
    ///
    /// `X-Baton-Class` names the class, never above the ceiling: that of the request's key, or else
    /// the service's. `Priority` (RFC 9218) counts for keys that say so, because browsers send it by
    /// themselves. `X-Baton-Deadline-Ms` bounds the wait. A key's requests share what the key is due;
    /// under one that speaks for several users, those that `X-OpenWebUI-User-Id` names share its part.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - usual: The class of requests that name none.
    ///   - ceiling: The highest class of requests whose key has no ceiling of its own.
    /// - Throws: `HTTPError` 400 when a header is not understood.
    package init(
        _ request: HTTPRequest,
        usual: TicketClass,
        ceiling: TicketClass
    ) throws(HTTPError) {
        let asked = try Self.namedClass(request) ?? Self.priority(request) ?? usual
        ticketClass = min(asked, request.key?.ceiling ?? ceiling)
        if let text = request.headers["X-Baton-Deadline-Ms"] {
            guard let milliseconds = Int(text), (0...Int(Int32.max)).contains(milliseconds) else {
                throw .invalidRequest("X-Baton-Deadline-Ms must be a whole number from 0 up")
            }
            deadline = .milliseconds(milliseconds)
        } else {
            deadline = nil
        }
        key = request.key.map { "key:\($0.name)" } ?? "peer:\(request.peer)"
        subKey = try Self.user(request)
    }

    private static func namedClass(_ request: HTTPRequest) throws(HTTPError) -> TicketClass? {
        guard let word = request.headers["X-Baton-Class"] else { return nil }
        guard let named = TicketClass(rawValue: word) else {
            throw .invalidRequest("X-Baton-Class must be 'realtime', 'interactive' or 'background'")
        }
        return named
    }

    /// The class for an urgency: 0 to 2 realtime, 3 and 4 interactive, 5 to 7 background.
    private static func priority(_ request: HTTPRequest) -> TicketClass? {
        guard request.key?.honoursPriority == true, let field = request.headers["Priority"] else {
            return nil
        }
        // What is malformed is ignored, as the standard wants (section 4).
        for parameter in field.split(separator: ",") {
            let text = parameter.filter { $0 != " " }
            guard text.hasPrefix("u="), let urgency = Int(text.dropFirst(2)) else { continue }
            switch urgency {
            case 0...2: return .realtime
            case 3...4: return .interactive
            case 5...7: return .background
            default: return nil
            }
        }
        return nil
    }

    /// For whom a key speaks, if it may speak for others.
    private static func user(_ request: HTTPRequest) throws(HTTPError) -> String? {
        guard request.key?.isForwarder == true, let user = request.headers["X-OpenWebUI-User-Id"]
        else { return nil }
        guard HTTPHeaders.isName(user) else {
            throw .invalidRequest("X-OpenWebUI-User-Id must be 1 to 128 visible characters")
        }
        return user
    }
}

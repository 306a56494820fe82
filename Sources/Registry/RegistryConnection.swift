internal import HTTPClient
internal import JSON
internal import ModelStore
internal import POSIX
internal import SigningKeys

/// Speaks to one registry for one model, or to where a file is: who one is, where one is sent to.
///
/// Where the registry redirects to, or sends for a token, must not lie further inside than the
/// registry itself: one that everybody can reach must not make this machine ask its own network,
/// and nobody may be sent to where clouds keep their machines' secrets. Passwords go to the
/// registry and to the token server that it names, over `https` unless the registry itself is
/// spoken to without.
final class RegistryConnection: Sendable {
    /// Most steps from an address of the registry to the bytes.
    static let mostRedirects = 5
    /// Most bytes of a token server's answer, or of an error's text.
    private static let longestText = 1 << 20

    private struct State {
        var authorization: String?
        /// The public half of the key that was shown; nil for none.
        var shownKey: String?
        var reach: NetworkAddress.Reach?
    }

    let place: RemotePlace
    private let client: WebClient
    private let settings: RegistryTransfers.Settings
    private let state = Guarded(State())

    init(
        _ client: WebClient,
        _ place: RemotePlace,
        _ settings: RegistryTransfers.Settings
    ) {
        self.client = client
        self.place = place
        self.settings = settings
    }

    /// A request to the registry, or to where it redirects.
    func request(_ method: String, _ url: WebURL, isBulk: Bool = false) -> WebRequest {
        var request = WebRequest(method, url)
        request.patience = settings.patience
        request.isInsecure = place.isInsecure
        let (authorization, reach) = state.withLock { ($0.authorization, $0.reach) }
        let given = settings.addresses
        if isOwn(url) {
            request.addresses = given
            request.fields["Authorization"] = authorization
        } else {
            let rule = Self.rule(for: reach ?? .everywhere)
            request.addresses = AddressRule { given.permits($0) && rule.permits($0) }
        }
        if isBulk {
            request.version = .one
            request.pieceSize = 512 << 10
        }
        return request
    }

    /// Whether an address is the registry's own.
    func isOwn(_ url: WebURL) -> Bool {
        place.origin == url.origin
    }

    /// What may be led to by somebody who was reached so.
    private static func rule(for reach: NetworkAddress.Reach) -> AddressRule {
        switch reach {
        case .machine:
            AddressRule { [.machine, .ownNetwork, .everywhere].contains($0.reach) }
        case .ownNetwork: AddressRule { [.ownNetwork, .everywhere].contains($0.reach) }
        case .everywhere, .link, .none: .publicOnly
        }
    }

    /// Where an answer redirects to; nil where it does not.
    func redirection(_ head: WebHead) throws(RegistryError) -> WebURL? {
        guard [301, 302, 303, 307, 308].contains(head.status) else { return nil }
        guard let text = head.fields["Location"], let target = head.url.resolving(text) else {
            throw .invalidAnswer("a redirection of '\(head.url)' leads to no address")
        }
        guard target.isSecure || place.isPlain else {
            throw .forbiddenRedirect("'\(head.url)' redirects to '\(target)', which is not secure")
        }
        return target
    }

    /// Learns from an answer of the registry's own.
    func learn(_ head: WebHead) {
        guard isOwn(head.url), let reach = head.address?.reach else { return }
        state.withLock { $0.reach = reach }
    }

    // MARK: Small exchanges

    /// Sends a request, answers what the registry asks for, and follows its redirections.
    func send(_ request: WebRequest) async throws -> WebAnswer {
        var request = request
        var (challenges, redirects) = (0, 0)
        while true {
            let answer = try await client.send(request)
            learn(answer.head)
            if let target = try redirection(answer.head) {
                redirects += 1
                guard redirects <= Self.mostRedirects else {
                    throw RegistryError.forbiddenRedirect("'\(request.url)' redirects in circles")
                }
                var next = self.request(request.method, target)
                next.fields["Accept"] = request.fields["Accept"]
                next.fields["Content-Type"] = request.fields["Content-Type"]
                next.body = request.body
                request = next
            } else if answer.head.status == 401, isOwn(request.url), challenges < 2 {
                challenges += 1
                try await authenticate(answer.head)
                request.fields["Authorization"] = state.withLock { $0.authorization }
            } else {
                return answer
            }
        }
    }

    /// Sends a request again and again until it has an answer that is not a passing refusal.
    func sendPatiently(_ make: @Sendable () -> WebRequest) async throws -> WebAnswer {
        var failures = 0
        while true {
            var wanted: Duration?
            let reason: RegistryError
            do {
                let answer = try await send(make())
                guard Self.isPassing(answer.head.status) else { return answer }
                wanted = Self.retryAfter(answer.head)
                reason = await refusal(answer)
            } catch let error as WebError where error.isPassing {
                reason = RegistryError(error)
            }
            failures += 1
            try await pause(after: failures, wanted, reason)
        }
    }

    /// Waits before the next attempt; throws the reason where there were enough.
    func pause(
        after failures: Int,
        _ wanted: Duration?,
        _ reason: RegistryError
    ) async throws {
        let chance = Double.random(in: 0...1)
        let rule = settings.retries
        guard let pause = rule.pause(after: failures, wanted: wanted, chance: chance) else {
            throw reason
        }
        try await Task.sleep(for: pause)
    }

    /// Statuses after which the same request may well succeed a little later.
    static func isPassing(_ status: Int) -> Bool { status == 429 || status >= 500 }

    /// The pause that an answer asks for, in seconds.
    static func retryAfter(_ head: WebHead) -> Duration? {
        head.fields["Retry-After"].flatMap { Int($0) }.map { .seconds(max(0, min($0, 3600))) }
    }

    /// What a refusal says, in the registry's own words where it has some.
    func refusal(_ answer: WebAnswer) async -> RegistryError {
        // Words are welcome, but the status says enough.
        let body = (try? await answer.body(limit: Self.longestText)) ?? []
        return refusal(answer.head, body)
    }

    /// What a refusal says.
    func refusal(_ head: WebHead, _ body: [UInt8]) -> RegistryError {
        let object = try? JSONValue(parsing: body)
        let first = object?["errors"]?.arrayValue?.first
        let words = first?["message"]?.stringValue ?? object?["error"]?.stringValue ?? ""
        let line = String(words.filter { !$0.isNewline }.prefix(300))
        if head.status == 401 || head.status == 403 {
            let what = line.isEmpty ? "'\(head.url.origin)' answers \(head.status)" : line
            let key = state.withLock { $0.shownKey }
            let remedy = key.map {
                "; it was shown the key '\($0)': add that to your account there"
            }
            return .unauthorized(what + (remedy ?? ""))
        }
        return .refused(status: head.status, line)
    }

    // MARK: Who one is

    /// Gets what the registry asks for in an answer of 401.
    func authenticate(_ head: WebHead) async throws {
        let challenges = head.fields.values(of: "WWW-Authenticate").compactMap { AuthChallenge($0) }
        let known = settings.credentials.authorization(at: place.host)
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            let token = try await token(bearer, known)
            state.withLock { $0.authorization = "Bearer \(token)" }
        } else if challenges.contains(where: { $0.scheme == "basic" }), let known {
            guard state.withLock({ $0.authorization }) != known else {
                throw RegistryError.unauthorized("name or password are not right")
            }
            state.withLock { $0.authorization = known }
        } else {
            throw RegistryError.unauthorized("no name and password are known for '\(place.host)'")
        }
    }

    private func token(_ challenge: AuthChallenge, _ known: String?) async throws -> String {
        guard let realm = challenge.parameters["realm"], let base = WebURL(realm) else {
            throw RegistryError.invalidAnswer("it asks for a token from no address")
        }
        guard base.isSecure || place.isPlain else {
            throw RegistryError.forbiddenRedirect("it asks for a token from '\(base)', not secure")
        }
        if known == nil, case .model = place, isOwn(base), let key = settings.key(),
            let signed = TokenQuestion(
                base,
                challenge,
                signedBy: key,
                at: WallTime.now.nanoseconds / 1_000_000_000,
                nonce: TokenQuestion.freshNonce()
            )
        {
            state.withLock { $0.shownKey = "\(key)" }
            let answer = try await ask(signed)
            if answer.head.isSuccess { return try await Self.token(in: answer, of: base) }
            // A registry to which signatures or this key mean nothing may still have something for
            // everybody.
        }
        guard let question = TokenQuestion(base, challenge, as: known) else {
            throw RegistryError.invalidAnswer("it asks for a token from no address")
        }
        let answer = try await ask(question)
        guard answer.head.isSuccess else { throw await refusal(answer) }
        return try await Self.token(in: answer, of: base)
    }

    private func ask(_ question: TokenQuestion) async throws -> WebAnswer {
        var request = request("GET", question.url)
        // Never the token that was good until now.
        request.fields["Authorization"] = question.authorization
        return try await client.send(request)
    }

    private static func token(in answer: WebAnswer, of base: WebURL) async throws -> String {
        let body = try await answer.body(limit: longestText)
        let value = try? JSONValue(parsing: body)
        let token = value?["token"]?.stringValue ?? value?["access_token"]?.stringValue ?? ""
        guard !token.isEmpty, token.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw RegistryError.invalidAnswer("'\(base)' gives no token")
        }
        return token
    }

    /// Escapes everything but letters, digits and a few marks (RFC 3986, 2.3).
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension RegistryConnection {
    /// Begins an exchange whose bytes a receiver takes.
    func start(_ request: WebRequest, _ receiver: any WebReceiver) -> WebTransfer {
        client.start(request, receiver)
    }
}

internal import HTTPClient
internal import HTTPService

/// Fetches pictures from addresses, where that is allowed.
struct RemotePictures: Sendable {
    private let rules: RemoteRules
    private let limit: Int
    /// Nil where nothing is fetched.
    private let client: WebClient?

    /// Prepares fetching.
    ///
    /// - Parameters:
    ///   - rules: What is allowed.
    ///   - limit: Most bytes of a picture.
    init(_ rules: RemoteRules, limit: Int) throws {
        self.rules = rules
        self.limit = limit
        guard rules.isOn else {
            client = nil
            return
        }
        var settings = WebClient.Settings()
        settings.proxies = .none
        client = try WebClient(name: "pictures", settings: settings)
    }

    /// The bytes of a picture.
    ///
    /// - Parameters:
    ///   - address: Where it is.
    ///   - field: What refusals call its place.
    /// - Throws: `HTTPError` 400 when it may not or cannot be fetched, 413 when it is too large.
    func fetch(_ address: String, field: String) async throws -> [UInt8] {
        guard let client else {
            throw Self.refusal(
                "remote_images_off",
                "'\(field)': pictures at other addresses are not fetched here; send a data URI"
            )
        }
        guard let url = WebURL(address), rules.allows(url) else {
            throw Self.refusal(
                "image_address_forbidden",
                "'\(field)': pictures are not fetched from this address"
            )
        }
        var request = WebRequest("GET", url)
        request.fields["Accept"] = "image/*"
        request.addresses = AddressRule { [rules] in rules.allows($0) }
        request.patience.total = rules.timeout
        request.patience.connect = min(request.patience.connect, rules.timeout)
        if rules.redirects > 0 {
            request.redirects = .follow(most: rules.redirects) { [rules] _, to in
                rules.allows(to)
            }
        }
        do {
            let answer = try await client.send(request)
            guard answer.head.status == 200 else {
                answer.cancel()
                throw Self.refusal(
                    "image_fetch_failed",
                    "'\(field)': the picture's server answered with status \(answer.head.status)"
                )
            }
            if let length = answer.head.fields["Content-Length"].flatMap({ Int($0) }),
                length > limit
            {
                answer.cancel()
                throw tooLarge(field)
            }
            return try await answer.body(limit: limit)
        } catch let error as WebError {
            throw try refusal(error, field)
        }
    }

    /// What a client is told of a failure: its kind, and nothing of what was found on the way.
    private func refusal(_ error: WebError, _ field: String) throws -> HTTPError {
        switch error.code {
        case .cancelled: throw CancellationError()
        case .forbiddenAddress:
            Self.refusal(
                "image_address_forbidden",
                "'\(field)': the picture's address leads to a network that is not allowed"
            )
        case .redirected:
            Self.refusal(
                "image_address_forbidden",
                "'\(field)': the picture's address redirects too often or to where it may not"
            )
        case .tooLarge: tooLarge(field)
        case .timedOut, .stalled:
            Self.refusal("image_fetch_failed", "'\(field)': fetching the picture took too long")
        case .unresolved, .unreachable, .untrusted, .broken, .invalidRequest, .stopped:
            Self.refusal("image_fetch_failed", "'\(field)': the picture could not be fetched")
        case .exhausted:
            HTTPError(503, code: "image_fetch_failed", "nothing can be fetched now", retryAfter: 1)
        }
    }

    private func tooLarge(_ field: String) -> HTTPError {
        HTTPError(
            413,
            code: "image_too_large",
            "'\(field)': the picture has more than \(limit) bytes"
        )
    }

    private static func refusal(_ code: String, _ message: String) -> HTTPError {
        HTTPError(400, code: code, message)
    }
}

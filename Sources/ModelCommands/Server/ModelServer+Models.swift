internal import JSON

/// Questions about models.
extension ModelServer {
    /// The models that the server has or holds in memory, as it tells them.
    ///
    /// - Parameters:
    ///   - path: "/api/tags" or "/api/ps".
    ///   - prefix: The start of the names that are wanted, in any case.
    /// - Throws: `ServerError`, `CancellationError`.
    func models(_ path: String, prefix: String) async throws -> [JSONValue] {
        let answer = try await ask("GET", path)
        guard let models = answer["models"]?.arrayValue else {
            throw ServerError(.garbled, "what answers at '\(address.url)' is no server of models")
        }
        let start = prefix.lowercased()
        return models.filter { $0["name"]?.stringValue?.lowercased().hasPrefix(start) == true }
    }

    /// What the server tells of a model.
    ///
    /// - Parameters:
    ///   - model: The model's name.
    ///   - isVerbose: Whether its metadata is wanted as a whole.
    /// - Throws: `ServerError`, `CancellationError`.
    func show(_ model: String, isVerbose: Bool = false) async throws -> JSONValue {
        var body: JSONObject = ["model": .string(model)]
        if isVerbose { body["verbose"] = true }
        return try await ask("POST", "/api/show", .object(body))
    }

    /// Loads a model, or lets it go; returns when that is done.
    ///
    /// - Parameters:
    ///   - model: The model's name.
    ///   - keepAlive: How long it stays without requests; nil for as the server says, 0 lets it go.
    /// - Throws: `ServerError`, `CancellationError`.
    func load(_ model: String, keepAlive: JSONValue? = nil) async throws {
        var body: JSONObject = ["model": .string(model)]
        body["keep_alive"] = keepAlive
        // One object although it may be asked for as a stream.
        _ = try await ask("POST", "/api/generate", .object(body))
    }

    /// Loads a model of vectors or texts, each by the question that it answers.
    ///
    /// - Parameters:
    ///   - model: The model's name.
    ///   - keepAlive: How long it stays without requests; nil for as the server says.
    /// - Throws: `ServerError`, `CancellationError`.
    func preload(_ model: String, keepAlive: JSONValue? = nil) async throws {
        let capabilities = Self.capabilities(try await show(model))
        guard capabilities.contains("embedding"), !capabilities.contains("completion") else {
            return try await load(model, keepAlive: keepAlive)
        }
        var body: JSONObject = ["model": .string(model), "input": .array([])]
        body["keep_alive"] = keepAlive
        _ = try await ask("POST", "/api/embed", .object(body))
    }

    /// What a model can do.
    ///
    /// - Parameter shown: What `show` returned.
    static func capabilities(_ shown: JSONValue) -> [String] {
        (shown["capabilities"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

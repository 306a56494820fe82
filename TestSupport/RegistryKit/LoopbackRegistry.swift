internal import Digests
package import JSON
internal import POSIX
package import TestKit

/// A registry on loopback that keeps everything in memory, honest unless a test's rule says otherwise.
package final class LoopbackRegistry: Sendable {
    /// A request as it came.
    package struct Request: Sendable {
        /// The method.
        package let method: String
        /// The path without its query.
        package let path: String
        /// What follows the question mark; empty where there is none.
        package let query: String
        /// The header fields, names in lower case.
        package let fields: [String: String]
        /// The body.
        package let body: [UInt8]
        /// How many requests for the same method and path came before.
        package let number: Int

        /// The range that is asked for; nil for none.
        package var range: Range<Int>? {
            guard let text = fields["range"]?.dropFirst("bytes=".count) else { return nil }
            let ends = text.split(separator: "-").compactMap { Int($0) }
            return ends.count == 2 && ends[0] <= ends[1] ? ends[0]..<ends[1] + 1 : nil
        }
    }

    /// What is answered.
    package enum Reply: Sendable {
        /// What an honest registry answers.
        case honest
        /// This: status, lines of the head, body.
        case answer(Int, [String], [UInt8])
        /// Whatever the closure sends; the connection is closed afterwards.
        case script(@Sendable (ScriptedServer.Connection) -> Void)
    }

    /// Decides what is answered.
    package typealias Rule = @Sendable (Request) -> Reply

    private struct State {
        var blobs: [String: [UInt8]] = [:]
        var manifests: [String: [UInt8]] = [:]
        var types: [String: String] = [:]
        var uploads: [String: [UInt8]] = [:]
        var counts: [String: Int] = [:]
        var requests: [Request] = []
        var sent = 0
    }

    private final class Content: Sendable {
        let state = Guarded(State())
    }

    private let content: Content
    private let server: ScriptedServer

    /// The port on 127.0.0.1.
    package var port: UInt16 { server.port }
    /// The host for models' names.
    package var host: String { "127.0.0.1:\(port)" }
    /// All requests so far.
    package var requests: [Request] { content.state.withLock { $0.requests } }
    /// Bytes of blobs that were sent so far.
    package var sentBytes: Int { content.state.withLock { $0.sent } }

    /// Starts a registry with nothing in it.
    ///
    /// - Parameter rule: What is answered; honest answers unless said.
    /// - Throws: `SystemError`.
    package init(_ rule: @escaping Rule = { _ in .honest }) throws {
        let content = Content()
        self.content = content
        server = try ScriptedServer { connection in
            while let request = Self.read(connection, content) {
                switch rule(request) {
                case .honest: Self.answer(request, connection, content)
                case .answer(let status, let fields, let body):
                    connection.answer(status, fields, request.method == "HEAD" ? [] : body)
                case .script(let script): return script(connection)
                }
            }
        }
    }

    /// Adds a blob.
    ///
    /// - Parameter bytes: Its content.
    /// - Returns: Its digest: `sha256:` and 64 digits.
    @discardableResult
    package func add(blob bytes: [UInt8]) -> String {
        let digest = "sha256:\(SHA256Digest(of: bytes))"
        content.state.withLock { $0.blobs[digest] = bytes }
        return digest
    }

    /// Takes a blob's place with another content, which its digest does not fit.
    ///
    /// - Parameters:
    ///   - digest: The blob.
    ///   - bytes: The other content.
    package func replace(_ digest: String, with bytes: [UInt8]) {
        content.state.withLock { $0.blobs[digest] = bytes }
    }

    /// Adds a model of some blobs.
    ///
    /// - Parameters:
    ///   - name: `namespace/model:tag`.
    ///   - blobs: The layers: media type and content.
    /// - Returns: The manifest.
    @discardableResult
    package func add(model name: String, _ blobs: [(type: String, bytes: [UInt8])]) -> [UInt8] {
        let layers = blobs.map { type, bytes in
            Self.layer(type, digest: add(blob: bytes), size: bytes.count)
        }
        return add(model: name, layers: layers)
    }

    /// Adds a model with whatever its manifest shall say.
    ///
    /// - Parameters:
    ///   - name: `namespace/model:tag`.
    ///   - layers: The layers.
    /// - Returns: The manifest.
    @discardableResult
    package func add(model name: String, layers: [JSONValue]) -> [UInt8] {
        let config = Array("{}".utf8)
        let type = "application/vnd.docker.distribution.manifest.v2+json"
        let manifest: JSONValue = [
            "schemaVersion": 2, "mediaType": .string(type),
            "config": Self.layer(
                "application/vnd.docker.container.image.v1+json",
                digest: add(blob: config),
                size: config.count
            ),
            "layers": .array(layers),
        ]
        let bytes = manifest.serialized
        add(manifest: bytes, as: name)
        return bytes
    }

    /// Adds a manifest as it is.
    ///
    /// - Parameters:
    ///   - bytes: The manifest.
    ///   - name: `namespace/model:tag`.
    package func add(manifest bytes: [UInt8], as name: String) {
        let path = "/v2/" + name.split(separator: ":").joined(separator: "/manifests/")
        content.state.withLock { $0.manifests[path] = bytes }
    }

    /// The manifest of a model that was pushed or added; nil for none.
    ///
    /// - Parameter name: `namespace/model:tag`.
    package func manifest(of name: String) -> [UInt8]? {
        let path = "/v2/" + name.split(separator: ":").joined(separator: "/manifests/")
        return content.state.withLock { $0.manifests[path] }
    }

    /// A blob that was pushed or added; nil for none.
    ///
    /// - Parameter digest: `sha256:` and 64 digits.
    package func blob(_ digest: String) -> [UInt8]? {
        content.state.withLock { $0.blobs[digest] }
    }

    /// What a manifest says of a blob.
    ///
    /// - Parameters:
    ///   - type: The media type.
    ///   - digest: The digest.
    ///   - size: The bytes.
    package static func layer(_ type: String, digest: String, size: Int) -> JSONValue {
        ["mediaType": .string(type), "digest": .string(digest), "size": JSONValue(size)]
    }

    // MARK: Requests

    private static func read(
        _ connection: ScriptedServer.Connection,
        _ content: Content
    ) -> Request? {
        guard let head = connection.readHead() else { return nil }
        let lines = head.split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2 else { continue }
            fields[halves[0].lowercased()] = String(halves[1].drop { $0 == " " })
        }
        let body = connection.read(fields["content-length"].flatMap { Int($0) } ?? 0)
        let target = words[1].split(separator: "?", maxSplits: 1)
        let (method, path) = (String(words[0]), String(target[0]))
        let number = content.state.withLock { state in
            let number = state.counts["\(method) \(path)", default: 0]
            state.counts["\(method) \(path)"] = number + 1
            return number
        }
        let request = Request(
            method: method,
            path: path,
            query: target.count > 1 ? String(target[1]) : "",
            fields: fields,
            body: body,
            number: number
        )
        content.state.withLock { $0.requests.append(request) }
        return request
    }

    private static func answer(
        _ request: Request,
        _ connection: ScriptedServer.Connection,
        _ content: Content
    ) {
        let parts = request.path.split(separator: "/").map(String.init)
        if parts.count == 6, parts[3] == "blobs", parts[4] == "uploads" {
            upload(request, parts[5], connection, content)
        } else if request.path.hasSuffix("/blobs/uploads/"), request.method == "POST" {
            let id = "u\(request.number)"
            content.state.withLock { $0.uploads[id] = [] }
            connection.answer(202, ["Location: \(request.path)\(id)?state=s"])
        } else if parts.count == 5, parts[3] == "blobs" {
            sendBlob(request, parts[4], connection, content)
        } else if parts.count == 5, parts[3] == "manifests" {
            manifest(request, connection, content)
        } else {
            connection.answer(404)
        }
    }

    private static func manifest(
        _ request: Request,
        _ connection: ScriptedServer.Connection,
        _ content: Content
    ) {
        if request.method == "PUT" {
            content.state.withLock { state in
                state.manifests[request.path] = request.body
                state.types[request.path] = request.fields["content-type"]
            }
            return connection.answer(201)
        }
        let (bytes, type) = content.state.withLock {
            ($0.manifests[request.path], $0.types[request.path])
        }
        guard let bytes else { return connection.answer(404) }
        let usual = "application/vnd.docker.distribution.manifest.v2+json"
        let fields = [
            "Content-Type: \(type ?? usual)",
            "Docker-Content-Digest: sha256:\(SHA256Digest(of: bytes))",
        ]
        connection.answer(200, fields, bytes)
    }

    /// Sends a blob, or the range of it that is asked for.
    private static func sendBlob(
        _ request: Request,
        _ digest: String,
        _ connection: ScriptedServer.Connection,
        _ content: Content
    ) {
        guard let bytes = content.state.withLock({ $0.blobs[digest] }) else {
            return connection.answer(404)
        }
        var (status, fields) = (200, "")
        var range = 0..<bytes.count
        if let asked = request.range {
            guard asked.lowerBound < bytes.count else { return connection.answer(416) }
            range = asked.clamped(to: range)
            status = 206
            let last = range.upperBound - 1
            fields = "Content-Range: bytes \(range.lowerBound)-\(last)/\(bytes.count)\r\n"
        }
        connection.send("HTTP/1.1 \(status) Text\r\nContent-Length: \(range.count)\r\n\(fields)\r\n")
        guard request.method != "HEAD" else { return }
        var rest = bytes[range]
        while !rest.isEmpty {
            let piece = rest.prefix(256 << 10)
            guard connection.send(piece) else { return }
            content.state.withLock { $0.sent += piece.count }
            rest = rest.dropFirst(piece.count)
        }
    }

    private static func upload(
        _ request: Request,
        _ id: String,
        _ connection: ScriptedServer.Connection,
        _ content: Content
    ) {
        guard let had = content.state.withLock({ $0.uploads[id]?.count }) else {
            return connection.answer(404)
        }
        let place = "Location: \(request.path)?state=s"
        switch request.method {
        case "PATCH":
            let start = request.fields["content-range"]?.split(separator: "-").first
            guard start.flatMap({ Int($0) }) == had else { return connection.answer(416, [place]) }
            content.state.withLock { $0.uploads[id]? += request.body }
            connection.answer(202, [place, "Range: 0-\(had + request.body.count - 1)"])
        case "GET": connection.answer(204, [place, "Range: 0-\(max(0, had - 1))"])
        case "PUT":
            let bytes = content.state.withLock { $0.uploads.removeValue(forKey: id) } ?? []
            let digest = "sha256:\(SHA256Digest(of: bytes))"
            guard request.query.contains(digest.split(separator: ":")[1]) else {
                return connection.answer(400)
            }
            content.state.withLock { $0.blobs[digest] = bytes }
            connection.answer(201)
        default: connection.answer(405)
        }
    }
}

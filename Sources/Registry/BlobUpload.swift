internal import HTTPClient
internal import ModelStore
internal import POSIX

/// Uploads one blob in parts, and goes on after a failure where the registry says that it is.
///
/// The registry digests what came and refuses a blob that is not what its name says.
struct BlobUpload: Sendable {
    /// Bytes of a part; some registries take none below 5 MB.
    static let partSize = 16 << 20

    private let digest: BlobDigest
    private let file: FileDescriptorBox
    private let size: Int
    private let connection: RegistryConnection

    init(
        _ digest: BlobDigest,
        _ file: FileDescriptorBox,
        size: Int,
        _ connection: RegistryConnection
    ) {
        self.digest = digest
        self.file = file
        self.size = size
        self.connection = connection
    }

    /// Uploads it, unless it is there.
    ///
    /// - Parameter progressed: Told how many bytes have been sent.
    func run(_ progressed: (Int) async -> Void) async throws {
        await progressed(0)
        if try await isThere() { return await progressed(size) }
        var place = try await begin()
        var (sent, failures) = (0, 0)
        while sent < size {
            let end = min(sent + Self.partSize, size)
            do {
                place = try await send(sent..<end, to: place)
                sent = end
                failures = 0
            } catch let error as RegistryError {
                guard case .unavailable = error else { throw error }
                failures += 1
                try await connection.pause(after: failures, nil, error)
                (place, sent) = try await state(of: place)
            }
            await progressed(sent)
        }
        try await finish(place)
    }

    private func isThere() async throws -> Bool {
        let url = try connection.place.blob(digest)
        let answer = try await connection.sendPatiently { connection.request("HEAD", url) }
        if answer.head.status == 404 { return false }
        guard answer.head.isSuccess else { throw await connection.refusal(answer) }
        return true
    }

    /// Begins an upload; returns where its bytes go.
    private func begin() async throws -> WebURL {
        let url = try connection.place.uploads
        let answer = try await connection.sendPatiently { connection.request("POST", url) }
        guard answer.head.status == 202 else { throw await connection.refusal(answer) }
        return try Self.location(answer.head)
    }

    /// Sends a part; returns where the next one goes.
    private func send(_ range: Range<Int>, to place: WebURL) async throws -> WebURL {
        var request = connection.request("PATCH", place, isBulk: true)
        request.fields["Content-Type"] = "application/octet-stream"
        request.fields["Content-Range"] = "\(range.lowerBound)-\(range.upperBound - 1)"
        request.body = .file(file, offset: range.lowerBound, count: range.count)
        let answer: WebAnswer
        do {
            answer = try await connection.send(request)
        } catch let error as WebError where error.isPassing {
            throw RegistryError.unavailable(error.message)
        }
        let status = answer.head.status
        guard status == 202 else {
            let refusal = await connection.refusal(answer)
            // Parts that the registry has already, or had not: it is asked where it is.
            let mayGoOn = RegistryConnection.isPassing(status) || status == 416
            throw mayGoOn ? RegistryError.unavailable("\(refusal)") : refusal
        }
        return try Self.location(answer.head)
    }

    /// Where an upload is; one that the registry has forgotten begins anew.
    private func state(of place: WebURL) async throws -> (place: WebURL, sent: Int) {
        let answer = try await connection.sendPatiently { connection.request("GET", place) }
        if answer.head.status == 404 { return (try await begin(), 0) }
        guard answer.head.isSuccess else { throw await connection.refusal(answer) }
        let last = answer.head.fields["Range"]?.split(separator: "-").last.flatMap { Int($0) }
        let sent = last.map { $0 > 0 ? $0 + 1 : 0 } ?? 0
        guard (0...size).contains(sent) else {
            throw RegistryError.invalidAnswer("it has more of a blob than there is")
        }
        let next = answer.head.fields["Location"] == nil ? place : try Self.location(answer.head)
        return (next, sent)
    }

    private func finish(_ place: WebURL) async throws {
        let mark = place.query == nil ? "?" : "&"
        let text = place.text + mark + "digest=" + RegistryConnection.escaped("\(digest)")
        guard let url = WebURL(text) else {
            throw RegistryError.invalidAnswer("an upload leads to no address")
        }
        let answer = try await connection.sendPatiently { connection.request("PUT", url) }
        guard answer.head.isSuccess else { throw await connection.refusal(answer) }
    }

    private static func location(_ head: WebHead) throws -> WebURL {
        guard let text = head.fields["Location"], let url = head.url.resolving(text) else {
            throw RegistryError.invalidAnswer("an upload leads to no address")
        }
        return url
    }
}

internal import DeviceClient
internal import DeviceProtocol
internal import Digests
internal import HTTPService
internal import JSON
internal import POSIX
internal import ServiceKit

/// What the routes share: settings, the reader, the cache, and what is known of the manager.
final class OCRCore: Sendable {
    let settings: OCRSettings
    let buffers: BufferPool
    let monitor: ModelMonitor
    private let reader: PageReader
    private let cache: Guarded<ResultCache<Question, JSONValue>>
    private let places: TaskLimiter
    private let started = MonotonicTime.now

    /// What a result depends on.
    struct Question: Hashable, Sendable {
        let digest: SHA256Digest
        let options: ReadingOptions
    }

    init(
        settings: OCRSettings,
        reader: PageReader,
        buffers: BufferPool,
        monitor: ModelMonitor
    ) {
        self.settings = settings
        self.reader = reader
        self.buffers = buffers
        self.monitor = monitor
        cache = Guarded(ResultCache(age: settings.cacheAge, capacity: settings.cacheSize))
        places = TaskLimiter(width: settings.concurrency, waiting: 8 * settings.concurrency)
    }

    func claim(_ request: HTTPRequest) throws(HTTPError) -> RequestClaim {
        try RequestClaim(request, usual: settings.ticketClass, ceiling: settings.ceiling)
    }

    /// Reads an image, or remembers what was read in the same image with the same options.
    func read(
        _ wish: ExtractRequest,
        _ claim: RequestClaim
    ) async throws -> (JSONValue, ReadingTimes) {
        let question = settings.caches ? question(wish) : nil
        if let question, let known = cache.withLock({ $0.find(question, at: .now) }) {
            buffers.giveBack(wish.image.buffer)
            return (known.marked(cached: true), ReadingTimes())
        }
        let asked = MonotonicTime.now
        let (page, times) = try await places.run(for: claim) { rest in
            let waited = MonotonicTime.now - asked
            var (page, times) = try await reader.read(wish.image, wish.options, claim, rest)
            times.queue += waited
            times.total += waited
            return (page, times)
        }
        buffers.giveBack(wish.image.buffer)
        let origin = ExtractResponse.Origin(
            device: monitor.device,
            model: settings.model,
            isCached: false
        )
        let body = ExtractResponse.json(page, times, wish.options, origin: origin)
        if let question {
            let size = body.serialized.count
            cache.withLock { $0.insert(body, for: question, size: size, at: .now) }
        }
        return (body, times)
    }

    private func question(_ wish: ExtractRequest) -> Question {
        let bytes = unsafe UnsafeRawBufferPointer(
            rebasing: wish.image.buffer.memory.bytes[..<wish.image.count]
        )
        return Question(digest: unsafe SHA256Digest(of: bytes), options: wish.options)
    }

    // MARK: What the service says of itself

    func health() -> JSONValue {
        [
            "status": "ok",
            "models_loaded": .bool(monitor.isLoaded),
            "languages_supported": .array(ReadingOptions.languages.map { .string($0) }),
            "memory_usage_mb": JSONValue(CurrentProcess.residentBytes / 1_048_576),
            "uptime_seconds": JSONValue(Int((.now - started) / .seconds(1))),
            "model_loads": JSONValue(monitor.loads),
            "hailo_device": .string(monitor.device),
        ]
    }

    func models() -> JSONValue {
        let state: JSONValue = monitor.isLoaded ? "loaded" : "pending"
        let status = monitor.isKnown ? state : "not_found"
        let detection: JSONValue = [
            "id": "detection", "name": .string("\(settings.model)/detection"),
            "type": "detection", "status": status,
        ]
        let recognition = ReadingOptions.languages.map { language -> JSONValue in
            [
                "id": .string("recognition_\(language)"),
                "name": .string("\(settings.model)/recognition"), "type": "recognition",
                "language": .string(language), "status": status,
            ]
        }
        return ["data": .array([detection] + recognition), "object": "list"]
    }

    func cacheStatistics() -> JSONValue {
        let statistics = cache.withLock { $0.statistics }
        let asked = statistics.hits + statistics.misses
        return [
            "enabled": .bool(settings.caches),
            "entries": JSONValue(statistics.entries),
            "size_bytes": JSONValue(statistics.bytes),
            "max_size_bytes": JSONValue(settings.cacheSize),
            "ttl_seconds": JSONValue(Int(settings.cacheAge / .seconds(1))),
            "hits": JSONValue(statistics.hits),
            "misses": JSONValue(statistics.misses),
            "evictions": JSONValue(statistics.evictions),
            "hit_rate": .number(asked == 0 ? 0 : Double(statistics.hits) / Double(asked)),
        ]
    }

    func clearCache() -> JSONValue {
        ["success": true, "cleared": JSONValue(cache.withLock { $0.removeAll() })]
    }
}

extension JSONValue {
    /// A remembered answer says so.
    fileprivate func marked(cached: Bool) -> JSONValue {
        guard var object = objectValue else { return self }
        object["cached"] = .bool(cached)
        return .object(object)
    }
}

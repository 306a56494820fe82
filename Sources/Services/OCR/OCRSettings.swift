package import Configuration
package import DeviceProtocol
internal import JSON
internal import OCRPipeline
package import ServiceKit

/// What the OCR service is told by `ocr.yaml`, defaults included.
package struct OCRSettings: Sendable {
    /// Where it listens and who may use it.
    package var server = ServerSettings(port: 11_436, bodyLimit: 32 << 20)
    /// Languages that requests which name none are read in.
    package var languages = ["en"]
    /// The model that reads: graphs `detection`, `direction`, `recognition`.
    package var model = "ppocr-v4"
    /// Whether the model is loaded at the start.
    package var preloads = false
    /// The class of requests that name none.
    package var ticketClass = TicketClass.interactive
    /// The highest class of requests.
    package var ceiling = TicketClass.interactive
    /// What requests that say nothing else are read with.
    package var defaults = ReadingOptions()
    /// Longest side of the detection network's input, in pixels.
    package var longestSide = 2000
    /// Most pixels of an image.
    package var pixelLimit = 50_000_000
    /// Most images of one batch.
    package var batchLimit = 32
    /// Pages that are read at once; more wait.
    package var concurrency = 4
    /// Media helpers that may live at once.
    package var helpers = 2
    /// Bytes of private memory of one helper.
    package var helperMemory = 1 << 30
    /// How long a helper may work on one image before it is ended.
    package var helperTime = Duration.seconds(15)
    /// Whether results are remembered.
    package var caches = false
    /// How long a result is remembered.
    package var cacheAge = Duration.seconds(3600)
    /// Bytes of results that are remembered.
    package var cacheSize = 500_000_000

    /// The defaults.
    package init() {}

    /// Reads every key of the file.
    ///
    /// - Parameter reader: The file; the caller ends the reading.
    package init(_ reader: ConfigurationReader) {
        server.read(reader.section("server", about: "Where the service listens."))
        readReading(reader.section("ocr", about: "What is read, and how."))
        readScheduling(reader.section("scheduling", about: "How the service shares the device."))
        readProcessing(reader.section("processing", about: "Images and results."))
        Self.readReference(
            reader.section("hailo_models", about: "Keys of the reference system's accelerator.")
        )
    }

    private mutating func readReading(_ section: ConfigurationReader) {
        languages = section.strings(
            "languages",
            default: languages,
            of: ReadingOptions.languages,
            about: "Languages of requests that name none; the first is reported."
        )
        if let first = languages.first { defaults.language = first }
        model = section.string("model", default: model, about: "The model that reads.")
        preloads = section.bool(
            "preload",
            default: preloads,
            about: "Whether the model is loaded at the start."
        )
        defaults.recognizes = section.bool(
            "enable_recognition",
            default: defaults.recognizes,
            about: "Whether text is read, or only found."
        )
        defaults.detectionThreshold = section.double(
            "det_threshold",
            default: defaults.detectionThreshold,
            in: 0.01...0.99,
            about: "How sure a pixel must be to belong to text, 0 to 1."
        )
        defaults.boxThreshold = section.double(
            "box_threshold",
            default: defaults.boxThreshold,
            in: 0...1,
            about: "How sure a region must be on average, 0 to 1."
        )
        defaults.unclipRatio = section.double(
            "unclip_ratio",
            default: defaults.unclipRatio,
            in: 0...5,
            about: "How far regions are grown, as a multiple of area by perimeter."
        )
        defaults.recognitionThreshold = section.double(
            "rec_threshold",
            default: defaults.recognitionThreshold,
            in: 0...1,
            about: "How sure a text must be to be reported, 0 to 1."
        )
        defaults.turns = section.bool(
            "use_direction",
            default: defaults.turns,
            about: "Whether lines that stand on their head are turned."
        )
        let why = "there is no spelling correction"
        section.unsupported("use_corrector", unless: .bool(false), why)
        section.unsupported("dictionary_path", unless: .string(""), why)
    }

    private mutating func readScheduling(_ section: ConfigurationReader) {
        ticketClass = section.choice(
            "class",
            default: ticketClass,
            about: "Class of requests that name none."
        )
        ceiling = section.choice(
            "class_ceiling",
            default: ceiling,
            about: "Highest class of requests."
        )
        concurrency = section.integer(
            "concurrent_pages",
            default: concurrency,
            in: 1...64,
            about: "Pages of a class that are worked on at once; eight times as many wait."
        )
        helpers = section.integer(
            "media_helpers",
            default: helpers,
            in: 1...16,
            about: "Processes that decode images."
        )
        helperMemory = section.bytes(
            "media_memory",
            default: helperMemory,
            in: (64 << 20)...(64 << 30),
            about: "Private memory of one such process; half of it may be open images."
        )
        helperTime = section.duration(
            "media_timeout",
            default: helperTime,
            in: .milliseconds(100) ... .seconds(600),
            about: "How long such a process may work on one image before it is ended."
        )
    }

    private mutating func readProcessing(_ section: ConfigurationReader) {
        longestSide = section.integer(
            "max_image_size",
            default: longestSide,
            in: 320...8192,
            about: "Longest side at which text is looked for, in pixels; larger is slower."
        )
        pixelLimit = section.integer(
            "max_pixels",
            default: pixelLimit,
            in: 1...500_000_000,
            about: "Most pixels of an image; larger ones are refused."
        )
        batchLimit = section.integer(
            "max_batch_images",
            default: batchLimit,
            in: 1...1000,
            about: "Most images of a batch."
        )
        caches = section.bool(
            "enable_caching",
            default: caches,
            about: "Whether results are remembered."
        )
        let age = section.integer(
            "cache_ttl_seconds",
            default: Int(cacheAge / .seconds(1)),
            in: 1...31_536_000,
            about: "How long a result is remembered, in seconds."
        )
        cacheAge = .seconds(age)
        let size = section.integer(
            "max_cache_size_mb",
            default: cacheSize / 1_000_000,
            in: 1...100_000,
            about: "Memory for remembered results, in millions of bytes."
        )
        cacheSize = size * 1_000_000
        section.unsupported(
            "jpeg_quality",
            unless: .integer(90),
            "no image is compressed again on the way"
        )
    }

    /// Keys that a configuration of the reference system has; they name files of another engine.
    private static func readReference(_ section: ConfigurationReader) {
        let why = "models are chosen with 'ocr.model', devices in device.yaml"
        section.unsupported("detection_hef", unless: .string("ocr_det.hef"), why)
        section.unsupported(
            "recognition_hefs",
            unless: ["en": "ocr.hef", "zh": "ocr_chinese.hef"],
            why
        )
        section.unsupported("batch_size_det", unless: .integer(1), why)
        section.unsupported("batch_size_rec", unless: .integer(8), why)
        section.unsupported("priority", unless: .integer(0), "use 'scheduling.class'")
        section.unsupported("device", unless: .string("/dev/hailo0"), why)
        section.unsupported("models_root", unless: .string(""), why)
    }
}

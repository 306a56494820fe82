// swift-tools-version: 6.2
import PackageDescription

let rules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

extension Target {
    enum Kind { case library, program, suite }

    /// A target of ours; `needs` names the targets that it uses, with a space between two.
    static func house(
        _ kind: Kind,
        name: String,
        needs: String = "",
        path: String? = nil,
        exclude: [String] = []
    ) -> Target {
        let needs = needs.split(separator: " ").map { Dependency(stringLiteral: String($0)) }
        let target: Target =
            switch kind {
            case .library:
                .target(name: name, dependencies: needs, path: path, exclude: exclude)
            case .program:
                .executableTarget(name: name, dependencies: needs, path: path, exclude: exclude)
            case .suite:
                .testTarget(name: name, dependencies: needs, path: path, exclude: exclude)
            }
        target.swiftSettings = rules
        return target
    }

    /// A target of ours that touches pointers: every unsafe use is marked.
    static func strict(
        _ kind: Kind,
        name: String,
        needs: String = "",
        path: String? = nil,
        exclude: [String] = []
    ) -> Target {
        let target = house(kind, name: name, needs: needs, path: path, exclude: exclude)
        target.swiftSettings?.append(.strictMemorySafety())
        return target
    }

    /// A benchmark's own program; not a product.
    static func benchmark(_ name: String, _ needs: String, in folder: String) -> Target {
        strict(.program, name: name, needs: needs, path: "Benchmarks/\(folder)")
    }

    /// What tests share.
    static func support(_ name: String, _ needs: String, _ kind: Kind = .library) -> Target {
        house(kind, name: name, needs: needs, path: "TestSupport/\(name)")
    }

    /// Tests of ours.
    static func suite(_ name: String, _ needs: String = "", exclude: [String] = []) -> Target {
        house(.suite, name: name, needs: needs, exclude: exclude)
    }

    /// Tests of ours that touch pointers.
    static func strictSuite(_ name: String, _ needs: String, exclude: [String] = []) -> Target {
        strict(.suite, name: name, needs: needs, exclude: exclude)
    }
}

let package = Package(
    name: "baton",
    products: [
        .executable(name: "baton-engine-openvino", targets: ["OpenVINOEngine"]),
        .executable(name: "baton-engine-simulated", targets: ["SimulatedEngine"]),
    ],
    targets: [
        // Layer 0: one target per C library or kernel interface.
        .target(name: "CCurl"),
        .systemLibrary(name: "CGnuTLS", pkgConfig: "gnutls"),
        .systemLibrary(name: "CEdit"),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson"),
        .systemLibrary(name: "CLibVips", pkgConfig: "vips"),
        .systemLibrary(name: "CLlama", pkgConfig: "llama"),
        .target(name: "CLinux"),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd"),
        .systemLibrary(name: "CNCurses"),
        .target(name: "CNumbers"),
        .systemLibrary(name: "COpenVINO", pkgConfig: "openvino"),
        .target(name: "CVips", dependencies: ["CLibVips"]),
        .target(name: "CVocabulary", dependencies: ["CLlama"]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),

        // Layer 1: small and general; no domain in them.
        .strict(.library, name: "POSIX", needs: "CLinux"),
        .house(.library, name: "Randomness"),
        .strict(.library, name: "Text"),
        .strict(.library, name: "Digests", needs: "CGnuTLS"),
        .strict(.library, name: "SigningKeys", needs: "CGnuTLS POSIX Text"),
        .strict(.library, name: "HTTPClient", needs: "CCurl POSIX"),
        .strict(.library, name: "JSON", needs: "CNumbers"),
        .strict(.library, name: "GoTemplate", needs: "JSON"),
        .house(.library, name: "Modelfile", needs: "JSON"),
        .house(.library, name: "Logging", needs: "POSIX"),
        .house(.library, name: "Metrics", needs: "POSIX"),
        .strict(.library, name: "Configuration", needs: "CYAML JSON POSIX Text"),
        .house(.library, name: "CommandLine", needs: "POSIX Text"),
        .strict(.library, name: "LineEditing", needs: "CEdit POSIX"),
        .house(.library, name: "Lifecycle", needs: "POSIX"),
        .strict(.library, name: "Sandboxing", needs: "POSIX"),
        .strict(.library, name: "ModelFiles", needs: "POSIX"),

        // Layer 2: the domain.
        .strict(.library, name: "DeviceProtocol", needs: "JSON POSIX"),
        .house(
            .library,
            name: "DeviceManager",
            needs: "Configuration DeviceProtocol JSON Logging Metrics ModelFiles POSIX Sandboxing"
        ),
        .house(
            .library,
            name: "Simulation",
            needs: "DeviceManager DeviceProtocol JSON POSIX Randomness"
        ),
        .house(.library, name: "DeviceClient", needs: "DeviceProtocol JSON Logging POSIX"),
        .strict(.library, name: "EngineKit", needs: "CLinux DeviceProtocol JSON Logging POSIX"),
        .strict(
            .library,
            name: "HTTPService",
            needs: "CMicrohttpd DeviceProtocol Digests JSON Logging Metrics POSIX"
        ),
        .strict(.library, name: "Pixels"),
        .strict(.library, name: "ImageFiles", needs: "CVips MediaProtocol Pixels"),
        .house(.library, name: "MediaProtocol", needs: "DeviceProtocol JSON Pixels"),
        .house(
            .library,
            name: "MediaClient",
            needs: "Configuration DeviceProtocol JSON Logging MediaProtocol Pixels POSIX Sandboxing"
        ),
        .strict(
            .library,
            name: "ServiceKit",
            needs: "Configuration DeviceClient DeviceProtocol Digests HTTPService JSON "
                + "Logging MediaProtocol POSIX Text"
        ),
        .strict(.library, name: "OCRPipeline", path: "Sources/Services/OCR/Pipeline"),
        .strict(
            .library,
            name: "OCRService",
            needs: "Configuration DeviceClient DeviceProtocol Digests HTTPService JSON "
                + "Lifecycle Logging MediaClient Metrics OCRPipeline Pixels POSIX " + "ServiceKit",
            path: "Sources/Services/OCR",
            exclude: ["Pipeline"]
        ),
        .strict(
            .library,
            name: "ModelStore",
            needs: "CLinux Digests JSON ModelFiles Modelfile POSIX"
        ),
        .strict(
            .library,
            name: "Registry",
            needs: "Digests HTTPClient JSON ModelStore POSIX SigningKeys Text"
        ),
        .house(
            .library,
            name: "LanguagePipeline",
            needs: "GoTemplate JSON Modelfile",
            path: "Sources/Services/Language/Pipeline"
        ),
        .strict(.library, name: "Conversations", needs: "Digests POSIX"),
        .strict(
            .library,
            name: "LanguageService",
            needs: "Catalogue Configuration Conversations DeviceClient DeviceProtocol Digests "
                + "HTTPService JSON LanguagePipeline Lifecycle LlamaServer Logging Metrics "
                + "ModelFiles ModelStore POSIX Registry Sandboxing ServiceKit SigningKeys Text "
                + "VocabularyClient VocabularyProtocol",
            path: "Sources/Services/Language",
            exclude: ["Pipeline"]
        ),
        .strict(
            .library,
            name: "VisionService",
            needs: "Configuration DeviceClient DeviceProtocol HTTPClient HTTPService JSON "
                + "LanguagePipeline LanguageService Lifecycle Logging MediaClient MediaProtocol "
                + "Metrics POSIX ServiceKit Text",
            path: "Sources/Services/Vision"
        ),
        .house(.library, name: "Catalogue", needs: "Configuration ModelStore Modelfile"),
        .house(.library, name: "VocabularyProtocol", needs: "JSON"),
        .house(
            .library,
            name: "VocabularyClient",
            needs: "Configuration DeviceProtocol JSON Logging POSIX Sandboxing VocabularyProtocol"
        ),
        .strict(.library, name: "LlamaServer", needs: "DeviceProtocol JSON POSIX"),
        .house(.library, name: "StatusText", needs: "CommandLine JSON"),
        .house(
            .library,
            name: "ModelCommands",
            needs: "CommandLine Digests HTTPClient JSON LineEditing Modelfile POSIX Text"
        ),

        // Layer 3: programs.
        .house(
            .program,
            name: "baton",
            needs:
                "CommandLine Configuration Conversations DeviceClient DeviceManager DeviceProtocol "
                + "HTTPService JSON LanguageService Lifecycle Logging Metrics ModelCommands "
                + "ModelStore OCRService POSIX Sandboxing Simulation StatusText VisionService"
        ),
        .house(
            .program,
            name: "baton-top",
            needs: "CNCurses CommandLine DeviceClient DeviceProtocol JSON Logging POSIX "
                + "StatusText",
            path: "Sources/Top"
        ),
        .strict(
            .program,
            name: "baton-launch",
            needs: "CLinux POSIX Sandboxing",
            path: "Sources/Launch"
        ),
        .strict(
            .program,
            name: "baton-media",
            needs: "DeviceProtocol ImageFiles JSON MediaProtocol Pixels POSIX",
            path: "Sources/Media"
        ),
        .strict(
            .program,
            name: "baton-vocabulary",
            needs: "CLlama CVocabulary DeviceProtocol JSON POSIX VocabularyProtocol",
            path: "Sources/Vocabulary"
        ),
        .strict(
            .program,
            name: "OpenVINOEngine",
            needs: "COpenVINO DeviceProtocol EngineKit JSON Logging POSIX",
            path: "Sources/Engines/OpenVINOEngine"
        ),
        .strict(
            .program,
            name: "SimulatedEngine",
            needs: "DeviceProtocol EngineKit JSON Logging POSIX",
            path: "Sources/Engines/SimulatedEngine"
        ),

        // Benchmarks; not products.
        .executableTarget(
            name: "http-bare-benchmark",
            dependencies: ["CMicrohttpd"],
            path: "Benchmarks/HTTP/Bare"
        ),
        .executableTarget(name: "http-load-benchmark", path: "Benchmarks/HTTP/Load"),
        .executableTarget(name: "relay-benchmark", path: "Benchmarks/Relay"),
        .benchmark(
            "http-benchmark",
            "CommandLine DeviceProtocol HTTPService JSON Logging Metrics POSIX ServiceKit TestKit",
            in: "HTTP/Server"
        ),
        .benchmark(
            "device-benchmark",
            "DeviceClient DeviceProtocol JSON Logging POSIX",
            in: "DeviceSocket"
        ),
        .benchmark("hand-over-benchmark", "CLinux JSON Logging POSIX", in: "HandOver"),
        .benchmark(
            "sharing-benchmark",
            "DeviceClient DeviceProtocol JSON Logging POSIX",
            in: "Sharing"
        ),
        .benchmark(
            "scheduler-benchmark",
            "DeviceManager DeviceProtocol JSON POSIX",
            in: "Scheduler"
        ),
        .benchmark(
            "media-benchmark",
            "DeviceProtocol Logging MediaClient POSIX Pixels",
            in: "Media"
        ),
        .benchmark(
            "registry-benchmark",
            "HTTPClient ModelStore POSIX Registry RegistryKit",
            in: "Registry"
        ),
        .benchmark(
            "round-trip-benchmark",
            "COpenVINO DeviceClient DeviceProtocol JSON Logging POSIX",
            in: "RoundTrip"
        ),

        // Fuzzing; not a product.
        .strict(
            .program,
            name: "fuzz",
            needs: "DeviceProtocol HTTPService ImageFiles JSON Logging MediaProtocol "
                + "Metrics ModelFiles ModelStore Modelfile POSIX Pixels ReferenceJSON SigningKeys",
            path: "Fuzz",
            exclude: ["Corpora", "make-corpora", "run"]
        ),

        // Tests.
        .support("FaultProxy", "POSIX Randomness"),
        .strict(
            .library,
            name: "ReferenceJSON",
            needs: "CJansson JSON",
            path: "TestSupport/ReferenceJSON"
        ),
        .support("RegistryKit", "Digests JSON POSIX TestKit"),
        .support("store-worker", "JSON ModelStore POSIX Randomness", .program),
        .support("TestKit", "CLinux POSIX"),
        .suite("POSIXTests", "CLinux POSIX Randomness TestKit"),
        .suite("FaultProxyTests", "FaultProxy POSIX TestKit"),
        .suite("FuzzTests", "Configuration POSIX TestKit fuzz"),
        .suite("ModelfileTests", "JSON Modelfile Randomness"),
        .suite("JSONTests", "JSON ReferenceJSON"),
        .suite("DigestsTests", "Digests"),
        .suite("SigningKeysTests", "POSIX SigningKeys TestKit Text"),
        .suite("LoggingTests", "Logging"),
        .suite("MetricsTests", "Metrics"),
        .strictSuite("TextTests", "Text"),
        .suite("GoTemplateTests", "GoTemplate JSON POSIX Randomness", exclude: ["Fixtures"]),
        .suite("LanguagePipelineTests", "GoTemplate JSON LanguagePipeline Randomness"),
        .suite("ModelFilesTests", "ModelFiles POSIX TestKit"),
        .suite("ConfigurationTests", "Configuration JSON POSIX TestKit"),
        .suite("CommandLineTests", "CommandLine"),
        .suite("LineEditingTests", "LineEditing POSIX TestKit"),
        .suite("ModelCommandsTests", "CommandLine JSON ModelCommands Modelfile POSIX TestKit"),
        .suite("LifecycleTests", "Lifecycle POSIX TestKit"),
        .suite("DeviceProtocolTests", "DeviceProtocol JSON POSIX TestKit"),
        .suite("HTTPClientTests", "HTTPClient POSIX TestKit"),
        .suite(
            "HTTPServiceTests",
            "DeviceProtocol Digests FaultProxy HTTPService JSON Logging Metrics POSIX TestKit"
        ),
        .suite(
            "DeviceManagerTests",
            "Configuration DeviceClient DeviceManager DeviceProtocol JSON Logging Metrics POSIX "
                + "Randomness Sandboxing SimulatedEngine TestKit baton-launch",
            exclude: ["Fixtures"]
        ),
        .suite("SimulationTests", "DeviceManager DeviceProtocol JSON Simulation"),
        .suite("StatusTextTests", "JSON StatusText"),
        .strictSuite("ServiceKitTests", "DeviceProtocol Digests HTTPService POSIX ServiceKit"),
        .suite("EngineKitTests", "DeviceProtocol EngineKit JSON POSIX"),
        .strictSuite(
            "EngineTests",
            "CLinux DeviceProtocol JSON OpenVINOEngine POSIX SimulatedEngine",
            exclude: ["Fixtures"]
        ),
        .suite("LaunchTests", "baton-launch CLinux POSIX Sandboxing TestKit"),
        .suite(
            "MediaTests",
            "DeviceProtocol JSON Logging MediaClient MediaProtocol POSIX Pixels Sandboxing "
                + "baton-launch baton-media",
            exclude: ["Fixtures"]
        ),
        .suite("LlamaServerTests", "DeviceProtocol JSON LlamaServer POSIX TestKit"),
        .suite(
            "ModelStoreTests",
            "CLinux Configuration Digests GoTemplate JSON ModelFiles ModelStore Modelfile POSIX "
                + "Randomness TestKit store-worker"
        ),
        .suite(
            "RegistryTests",
            "Digests FaultProxy HTTPClient JSON ModelStore POSIX Randomness Registry RegistryKit "
                + "SigningKeys TestKit Text registry-benchmark"
        ),
        .suite(
            "VocabularyTests",
            "CLinux DeviceProtocol JSON Logging POSIX Sandboxing TestKit VocabularyClient "
                + "VocabularyProtocol baton-launch baton-vocabulary"
        ),
        .suite("ConversationsTests", "Conversations Digests POSIX TestKit"),
        .suite(
            "LanguageServiceTests",
            "DeviceClient DeviceProtocol HTTPService JSON LanguagePipeline LanguageService Logging "
                + "ModelStore POSIX Registry ServiceKit TestKit"
        ),
        .suite("HygieneTests"),
        .suite(
            "IntegrationTests",
            "DeviceClient DeviceProtocol JSON Logging POSIX TestKit baton baton-launch "
                + "baton-media baton-top OpenVINOEngine",
            exclude: ["Fixtures"]
        ),
        .suite("VisionServiceTests", "HTTPClient JSON LanguagePipeline VisionService"),
        .suite("OCRPipelineTests", "OCRPipeline", exclude: ["Fixtures"]),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

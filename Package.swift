// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]
/// For targets that touch pointers: every unsafe use is marked.
let strict: [SwiftSetting] = house + [.strictMemorySafety()]

let package = Package(
    name: "baton",
    products: [
        .executable(name: "baton-engine-openvino", targets: ["OpenVINOEngine"]),
        .executable(name: "baton-engine-simulated", targets: ["SimulatedEngine"]),
    ],
    targets: [
        // Layer 0: one target per C library or kernel interface.
        .systemLibrary(name: "CGnuTLS", pkgConfig: "gnutls"),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson"),
        .systemLibrary(name: "CLibVips", pkgConfig: "vips"),
        .target(name: "CLinux"),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd"),
        .systemLibrary(name: "CNCurses"),
        .systemLibrary(name: "COpenVINO", pkgConfig: "openvino"),
        .target(name: "CVips", dependencies: ["CLibVips"]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),

        // Layer 1: small and general; no domain in them.
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "Randomness", swiftSettings: house),
        .target(name: "Text", swiftSettings: house),
        .target(name: "Digests", dependencies: ["CGnuTLS"], swiftSettings: strict),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "GoTemplate", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "Logging", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Metrics", dependencies: ["POSIX"], swiftSettings: house),
        .target(
            name: "Configuration",
            dependencies: ["CYAML", "JSON", "POSIX", "Text"],
            swiftSettings: strict
        ),
        .target(name: "CommandLine", dependencies: ["POSIX", "Text"], swiftSettings: house),
        .target(name: "Lifecycle", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Sandboxing", dependencies: ["POSIX"], swiftSettings: strict),
        .target(name: "ModelFiles", dependencies: ["POSIX"], swiftSettings: strict),

        // Layer 2: the domain.
        .target(name: "DeviceProtocol", dependencies: ["JSON", "POSIX"], swiftSettings: strict),
        .target(
            name: "DeviceManager",
            dependencies: [
                "Configuration", "DeviceProtocol", "JSON", "Logging", "Metrics", "ModelFiles",
                "POSIX", "Sandboxing",
            ],
            swiftSettings: house
        ),
        .target(
            name: "Simulation",
            dependencies: ["DeviceManager", "DeviceProtocol", "JSON", "POSIX", "Randomness"],
            swiftSettings: house
        ),
        .target(
            name: "DeviceClient",
            dependencies: ["DeviceProtocol", "JSON", "Logging", "POSIX"],
            swiftSettings: house
        ),
        .target(
            name: "EngineKit",
            dependencies: ["CLinux", "DeviceProtocol", "JSON", "Logging", "POSIX"],
            swiftSettings: strict
        ),
        .target(
            name: "HTTPService",
            dependencies: [
                "CMicrohttpd", "DeviceProtocol", "Digests", "JSON", "Logging", "Metrics", "POSIX",
            ],
            swiftSettings: strict
        ),
        .target(name: "Pixels", swiftSettings: strict),
        .target(
            name: "ImageFiles",
            dependencies: ["CVips", "MediaProtocol", "Pixels"],
            swiftSettings: strict
        ),
        .target(
            name: "MediaProtocol",
            dependencies: ["DeviceProtocol", "JSON", "Pixels"],
            swiftSettings: house
        ),
        .target(
            name: "MediaClient",
            dependencies: [
                "Configuration", "DeviceProtocol", "JSON", "Logging", "MediaProtocol", "Pixels",
                "POSIX", "Sandboxing",
            ],
            swiftSettings: house
        ),
        .target(
            name: "ServiceKit",
            dependencies: [
                "Configuration", "DeviceClient", "DeviceProtocol", "Digests", "HTTPService",
                "JSON", "Logging", "MediaProtocol", "POSIX",
            ],
            swiftSettings: strict
        ),
        .target(name: "OCRPipeline", path: "Sources/Services/OCR/Pipeline", swiftSettings: strict),
        .target(
            name: "OCRService",
            dependencies: [
                "Configuration", "DeviceClient", "DeviceProtocol", "Digests", "HTTPService", "JSON",
                "Lifecycle", "Logging", "MediaClient", "Metrics", "OCRPipeline", "Pixels",
                "POSIX", "ServiceKit",
            ],
            path: "Sources/Services/OCR",
            exclude: ["Pipeline"],
            swiftSettings: strict
        ),

        .target(
            name: "LanguagePipeline",
            dependencies: ["GoTemplate", "JSON"],
            path: "Sources/Services/Language/Pipeline",
            swiftSettings: house
        ),
        .target(name: "StatusText", dependencies: ["CommandLine", "JSON"], swiftSettings: house),

        // Layer 3: programs.
        .executableTarget(
            name: "baton",
            dependencies: [
                "CommandLine", "Configuration", "DeviceClient", "DeviceManager", "DeviceProtocol",
                "HTTPService", "JSON", "Lifecycle", "Logging", "Metrics", "OCRService", "POSIX",
                "Sandboxing", "Simulation", "StatusText",
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "baton-top",
            dependencies: [
                "CNCurses", "CommandLine", "DeviceClient", "DeviceProtocol", "JSON", "Logging",
                "POSIX", "StatusText",
            ],
            path: "Sources/Top",
            swiftSettings: house
        ),
        .executableTarget(
            name: "baton-launch",
            dependencies: ["CLinux", "POSIX", "Sandboxing"],
            path: "Sources/Launch",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "baton-media",
            dependencies: [
                "DeviceProtocol", "ImageFiles", "JSON", "MediaProtocol", "Pixels", "POSIX",
            ],
            path: "Sources/Media",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "OpenVINOEngine",
            dependencies: ["COpenVINO", "DeviceProtocol", "EngineKit", "JSON", "Logging", "POSIX"],
            path: "Sources/Engines/OpenVINOEngine",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "SimulatedEngine",
            dependencies: ["DeviceProtocol", "EngineKit", "JSON", "Logging", "POSIX"],
            path: "Sources/Engines/SimulatedEngine",
            swiftSettings: strict
        ),

        // Benchmarks; not products.
        .executableTarget(
            name: "http-bare-benchmark",
            dependencies: ["CMicrohttpd"],
            path: "Benchmarks/HTTP/Bare"
        ),
        .executableTarget(name: "http-load-benchmark", path: "Benchmarks/HTTP/Load"),
        .executableTarget(
            name: "http-benchmark",
            dependencies: [
                "CommandLine", "DeviceProtocol", "HTTPService", "JSON", "Logging", "Metrics",
                "POSIX", "ServiceKit", "TestKit",
            ],
            path: "Benchmarks/HTTP/Server",
            swiftSettings: house
        ),
        .executableTarget(
            name: "device-benchmark",
            dependencies: ["DeviceClient", "DeviceProtocol", "JSON", "Logging", "POSIX"],
            path: "Benchmarks/DeviceSocket",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "hand-over-benchmark",
            dependencies: ["CLinux", "JSON", "Logging", "POSIX"],
            path: "Benchmarks/HandOver",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "sharing-benchmark",
            dependencies: ["DeviceClient", "DeviceProtocol", "JSON", "Logging", "POSIX"],
            path: "Benchmarks/Sharing",
            swiftSettings: house
        ),
        .executableTarget(
            name: "scheduler-benchmark",
            dependencies: ["DeviceManager", "DeviceProtocol", "JSON", "POSIX"],
            path: "Benchmarks/Scheduler",
            swiftSettings: house
        ),
        .executableTarget(
            name: "media-benchmark",
            dependencies: ["DeviceProtocol", "Logging", "MediaClient", "POSIX", "Pixels"],
            path: "Benchmarks/Media",
            swiftSettings: house
        ),
        .executableTarget(
            name: "round-trip-benchmark",
            dependencies: [
                "COpenVINO", "DeviceClient", "DeviceProtocol", "JSON", "Logging", "POSIX",
            ],
            path: "Benchmarks/RoundTrip",
            swiftSettings: strict
        ),

        // Fuzzing; not a product.
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "DeviceProtocol", "HTTPService", "ImageFiles", "JSON", "Logging", "MediaProtocol",
                "Metrics", "POSIX", "Pixels", "ReferenceJSON",
            ],
            path: "Fuzz",
            exclude: ["Corpora", "make-corpora", "run"],
            swiftSettings: strict
        ),

        // Tests.
        .target(
            name: "FaultProxy",
            dependencies: ["POSIX", "Randomness"],
            path: "TestSupport/FaultProxy",
            swiftSettings: house
        ),
        .target(
            name: "ReferenceJSON",
            dependencies: ["CJansson", "JSON"],
            path: "TestSupport/ReferenceJSON",
            swiftSettings: strict
        ),
        .target(
            name: "TestKit",
            dependencies: ["CLinux", "POSIX"],
            path: "TestSupport/TestKit",
            swiftSettings: house
        ),
        .testTarget(
            name: "POSIXTests",
            dependencies: ["CLinux", "POSIX", "Randomness", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(
            name: "FaultProxyTests",
            dependencies: ["FaultProxy", "POSIX", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: ["Configuration", "POSIX", "TestKit", "fuzz"],
            swiftSettings: house
        ),
        .testTarget(
            name: "JSONTests",
            dependencies: ["JSON", "ReferenceJSON"],
            swiftSettings: house
        ),
        .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: house),
        .testTarget(name: "LoggingTests", dependencies: ["Logging"], swiftSettings: house),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"], swiftSettings: house),
        .testTarget(name: "TextTests", dependencies: ["Text"], swiftSettings: house),
        .testTarget(
            name: "GoTemplateTests",
            dependencies: ["GoTemplate", "JSON", "POSIX", "Randomness"],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
        .testTarget(
            name: "LanguagePipelineTests",
            dependencies: ["GoTemplate", "JSON", "LanguagePipeline"],
            swiftSettings: house
        ),
        .testTarget(
            name: "ModelFilesTests",
            dependencies: ["ModelFiles", "POSIX", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Configuration", "JSON", "POSIX", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(name: "CommandLineTests", dependencies: ["CommandLine"], swiftSettings: house),
        .testTarget(
            name: "LifecycleTests",
            dependencies: ["Lifecycle", "POSIX", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(
            name: "DeviceProtocolTests",
            dependencies: ["DeviceProtocol", "JSON", "POSIX", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(
            name: "HTTPServiceTests",
            dependencies: [
                "DeviceProtocol", "Digests", "FaultProxy", "HTTPService", "JSON", "Logging",
                "Metrics", "POSIX", "TestKit",
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "DeviceManagerTests",
            dependencies: [
                "Configuration", "DeviceClient", "DeviceManager", "DeviceProtocol", "JSON",
                "Logging", "Metrics", "POSIX", "Randomness", "Sandboxing", "SimulatedEngine",
                "TestKit", "baton-launch",
            ],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["DeviceManager", "DeviceProtocol", "JSON", "Simulation"],
            swiftSettings: house
        ),
        .testTarget(
            name: "StatusTextTests",
            dependencies: ["JSON", "StatusText"],
            swiftSettings: house
        ),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: ["DeviceProtocol", "Digests", "HTTPService", "POSIX", "ServiceKit"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EngineKitTests",
            dependencies: ["DeviceProtocol", "EngineKit", "JSON", "POSIX"],
            swiftSettings: house
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "CLinux", "DeviceProtocol", "JSON", "OpenVINOEngine", "POSIX", "SimulatedEngine",
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LaunchTests",
            dependencies: ["baton-launch", "CLinux", "POSIX", "Sandboxing", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(
            name: "MediaTests",
            dependencies: [
                "DeviceProtocol", "JSON", "Logging", "MediaClient", "MediaProtocol", "POSIX",
                "Pixels", "Sandboxing", "baton-launch", "baton-media",
            ],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
        .testTarget(name: "HygieneTests", swiftSettings: house),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "DeviceClient", "DeviceProtocol", "JSON", "Logging", "POSIX", "TestKit", "baton",
                "baton-launch", "baton-media", "baton-top", "OpenVINOEngine",
            ],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
        .testTarget(
            name: "OCRPipelineTests",
            dependencies: ["OCRPipeline"],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

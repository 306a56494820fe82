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
        .systemLibrary(name: "CJansson", pkgConfig: "jansson"),
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenVINO", pkgConfig: "openvino"),

        // Layer 1: small and general; no domain in them.
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "JSON", dependencies: ["CJansson"], swiftSettings: strict),
        .target(name: "Logging", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Metrics", dependencies: ["POSIX"], swiftSettings: house),

        // Layer 2: the domain.
        .target(name: "DeviceProtocol", dependencies: ["JSON", "POSIX"], swiftSettings: strict),
        .target(
            name: "DeviceManager",
            dependencies: ["DeviceProtocol", "JSON", "Logging", "Metrics", "POSIX"],
            swiftSettings: house
        ),
        .target(
            name: "OCRPipeline",
            path: "Sources/Services/OCR/Pipeline",
            swiftSettings: strict
        ),
        .target(
            name: "EngineKit",
            dependencies: ["CLinux", "DeviceProtocol", "JSON", "Logging", "POSIX"],
            swiftSettings: strict
        ),

        // Layer 3: programs.
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

        // Tests.
        .testTarget(
            name: "DeviceManagerTests",
            dependencies: ["DeviceManager", "DeviceProtocol", "POSIX"],
            swiftSettings: house
        ),
        .testTarget(name: "HygieneTests", swiftSettings: house),
        .testTarget(
            name: "EngineKitTests",
            dependencies: ["DeviceProtocol", "EngineKit", "JSON", "POSIX"],
            swiftSettings: house
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: ["DeviceProtocol", "JSON", "POSIX"],
            exclude: ["Fixtures"],
            swiftSettings: strict
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

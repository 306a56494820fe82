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
    products: [],
    targets: [
        // Layer 0: one target per C library or kernel interface.
        .systemLibrary(name: "CJansson", pkgConfig: "jansson"),
        .target(name: "CLinux"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),

        // Layer 1: small and general; no domain in them.
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "JSON", dependencies: ["CJansson"], swiftSettings: strict),
        .target(name: "Logging", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Metrics", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Text", swiftSettings: house),
        .target(
            name: "Configuration",
            dependencies: ["CYAML", "JSON", "POSIX", "Text"],
            swiftSettings: strict
        ),
        .target(name: "CommandLine", dependencies: ["POSIX", "Text"], swiftSettings: house),
        .target(name: "Lifecycle", dependencies: ["POSIX"], swiftSettings: house),

        // Layer 2: the domain.
        .target(name: "DeviceProtocol", dependencies: ["JSON", "POSIX"], swiftSettings: strict),

        // Layer 3: programs.

        // Tests.
        .target(
            name: "TestKit",
            dependencies: ["POSIX"],
            path: "TestSupport/TestKit",
            swiftSettings: house
        ),
        .testTarget(
            name: "POSIXTests",
            dependencies: ["CLinux", "POSIX", "TestKit"],
            swiftSettings: house
        ),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: house),
        .testTarget(name: "LoggingTests", dependencies: ["Logging"], swiftSettings: house),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"], swiftSettings: house),
        .testTarget(name: "TextTests", dependencies: ["Text"], swiftSettings: house),
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
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

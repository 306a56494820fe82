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
        .systemLibrary(name: "CLibVips", pkgConfig: "vips"),
        .target(name: "CVips", dependencies: ["CLibVips"]),

        // Layer 1: small and general; no domain in them.
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "JSON", dependencies: ["CJansson"], swiftSettings: strict),
        .target(name: "Logging", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Metrics", dependencies: ["POSIX"], swiftSettings: house),

        // Layer 2: the domain.
        .target(name: "DeviceProtocol", dependencies: ["JSON", "POSIX"], swiftSettings: strict),

        .target(name: "Pixels", swiftSettings: strict),
        .target(
            name: "MediaProtocol",
            dependencies: ["DeviceProtocol", "JSON", "Pixels"],
            swiftSettings: house
        ),
        .target(
            name: "MediaClient",
            dependencies: ["DeviceProtocol", "JSON", "Logging", "MediaProtocol", "Pixels", "POSIX"],
            swiftSettings: house
        ),

        // Layer 3: programs.
        .executableTarget(
            name: "baton-launch",
            dependencies: ["CLinux", "POSIX"],
            path: "Sources/Launch",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "baton-media",
            dependencies: [
                "CVips", "DeviceProtocol", "JSON", "MediaProtocol", "Pixels", "POSIX",
            ],
            path: "Sources/Media",
            swiftSettings: strict
        ),

        // Benchmarks; not products.
        .executableTarget(
            name: "media-benchmark",
            dependencies: ["DeviceProtocol", "Logging", "MediaClient", "POSIX", "Pixels"],
            path: "Benchmarks/Media",
            swiftSettings: house
        ),

        // Tests.
        .testTarget(
            name: "LaunchTests",
            dependencies: ["baton-launch", "POSIX"],
            swiftSettings: house
        ),
        .testTarget(
            name: "MediaTests",
            dependencies: [
                "DeviceProtocol", "JSON", "Logging", "MediaClient", "MediaProtocol", "POSIX",
                "Pixels", "baton-launch", "baton-media",
            ],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

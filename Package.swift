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
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd"),

        // Layer 1: small and general; no domain in them.
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "JSON", dependencies: ["CJansson"], swiftSettings: strict),
        .target(name: "Logging", dependencies: ["POSIX"], swiftSettings: house),
        .target(name: "Metrics", dependencies: ["POSIX"], swiftSettings: house),

        // Layer 2: the domain.
        .target(name: "DeviceProtocol", dependencies: ["JSON", "POSIX"], swiftSettings: strict),
        .target(
            name: "HTTPService",
            dependencies: ["CMicrohttpd", "JSON", "Logging", "Metrics", "POSIX"],
            swiftSettings: strict
        ),

        // Layer 3: programs.

        // Tests.
        .testTarget(
            name: "HTTPServiceTests",
            dependencies: ["HTTPService", "JSON", "Logging", "Metrics", "POSIX"],
            swiftSettings: house
        ),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

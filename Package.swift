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
        .target(name: "CLinux"),

        // Layer 1: small and general; no domain in them.
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: strict),

        // Layer 2: the domain.
        .target(
            name: "OCRPipeline",
            path: "Sources/Services/OCR/Pipeline",
            swiftSettings: strict
        ),

        // Layer 3: programs.

        // Tests.
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

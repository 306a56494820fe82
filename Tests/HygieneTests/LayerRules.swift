/// Which target may know which.
enum LayerRules {
    /// What some targets must not import even where their layer would allow it.
    private struct Ban {
        /// The start of a folder.
        let folder: String
        /// The starts of module names.
        let modules: [String]
        let reason: String
    }

    private static let bans = [
        Ban(
            folder: "Sources/Services/",
            modules: ["DeviceManager"],
            reason: "a service speaks to the device manager only through DeviceClient"
        ),
        Ban(
            folder: "Sources/ModelCommands",
            modules: ["Device", "HTTPService", "LanguageService", "ModelStore"],
            reason: "the verbs of models know the server by its API alone"
        ),
        Ban(
            folder: "Sources/DeviceManager",
            modules: [
                "CLibVips", "CLlama", "COpenVINO", "CVips", "CWhisper", "EngineKit", "HTTP",
                "HailoEngine", "ImageFiles", "Media", "OpenVINO", "Whisper",
            ],
            reason: "the device manager is control plane only: no engine, no pixels, no web server"
        ),
        Ban(
            folder: "Sources/Services/",
            modules: ["CHailo", "CLibVips", "COpenVINO", "CVips", "CWhisper", "ImageFiles"],
            reason: "a service holds no pixels, no weights and no device"
        ),
    ]

    static func violations(in file: SourceFile, of manifest: Manifest) -> [Violation] {
        guard file.path.hasPrefix("Sources/") else { return [] }
        guard let target = manifest.target(of: file) else {
            let message = "belongs to no target under a \"// Layer N\" comment of Package.swift"
            return [Violation(file: file.path, line: 1, message: message)]
        }
        if target.layer == 0, file.isSwift {
            let message = "is Swift in \(target.name), which only holds a C library's shim"
            return [Violation(file: file.path, line: 1, message: message)]
        }
        guard file.isSwift else { return [] }
        return ImportRules.imports(in: file).compactMap { entry in
            problem(with: entry.module, in: target, manifest).map {
                Violation(file: file.path, line: entry.line, message: $0)
            }
        }
    }

    /// The targets whose layer does not fit their name: C targets, and only they, are layer 0.
    static func misplacedTargets(in manifest: Manifest) -> [String] {
        manifest.targets.filter { isShim($0) != ($0.layer == 0) }.map(\.name)
    }

    private static func problem(
        with module: String,
        in target: Target,
        _ manifest: Manifest
    ) -> String? {
        let broken = bans.first { ban in
            (target.folder + "/").hasPrefix(ban.folder)
                && ban.modules.contains(where: module.hasPrefix)
        }
        if let broken { return "imports \(module): \(broken.reason)" }
        guard let imported = manifest.targets.first(where: { $0.name == module }) else {
            return nil
        }
        guard imported.layer > target.layer else { return nil }
        return "\(target.name) (layer \(target.layer)) imports \(module) (layer \(imported.layer)):"
            + " an import may only go down"
    }

    /// Whether the target is named after a C library; services such as CLIP lie a folder deeper.
    private static func isShim(_ target: Target) -> Bool {
        let start = target.name.prefix(2)
        return target.folder == "Sources/\(target.name)" && start.first == "C"
            && start.dropFirst().contains(where: \.isUppercase)
    }
}

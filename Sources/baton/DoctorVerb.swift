import CommandLine
import Configuration
import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import Sandboxing

/// `baton doctor`: what is installed, what is missing, and what to type.
enum DoctorVerb {
    /// One thing that was looked at.
    private struct Finding {
        let name: String
        let isFine: Bool
        let text: String
        /// Whether Baton works without it; only with `isFine` false.
        var isBearable = false
    }

    static let verb = Verb("doctor", "look for what is missing and say what to type") { _ in
        let findings =
            programs() + models() + configuration() + (await protections()) + (await manager())
        var table = Table([("", .left), ("WHAT", .left), ("FOUND", .left)])
        let terminal = Terminal.output
        for finding in findings {
            let mark =
                if finding.isFine {
                    terminal.styled("ok", .green)
                } else if finding.isBearable {
                    terminal.styled("lacking", .yellow)
                } else {
                    terminal.styled("missing", .red)
                }
            table.add([mark, finding.name, finding.text])
        }
        Terminal.write(table.rendered(for: terminal))
        return findings.allSatisfy { $0.isFine || $0.isBearable } ? 0 : 1
    }

    private static func programs() -> [Finding] {
        let names = [
            "baton-launch", "baton-media", "baton-vocabulary", "baton-engine-openvino",
            "llama-server",
        ]
        return names.map { name in
            do {
                return Finding(name: name, isFine: true, text: try Programs.path(of: name))
            } catch {
                return Finding(
                    name: name,
                    isFine: false,
                    text: "build and install it: make install"
                )
            }
        }
    }

    private static func models() -> [Finding] {
        let (models, problems) = ModelCatalogue.read(Programs.modelFolders)
        let broken = problems.map { Finding(name: "model", isFine: false, text: $0.description) }
        let found = models.flatMap { model in
            model.graphs.sorted { $0.key < $1.key }.map { graph, path in
                let isThere = Files.size(path) != nil
                return Finding(
                    name: "\(model.name)/\(graph)",
                    isFine: isThere,
                    text: isThere ? path : "fetch it: Scripts/bootstrap"
                )
            }
        }
        guard found.isEmpty && broken.isEmpty else { return found + broken }
        let hint = "none found; run Scripts/bootstrap, then 'make run' or 'make install'"
        return [Finding(name: "models", isFine: false, text: hint)]
    }

    private static func configuration() -> [Finding] {
        (["device"] + ServiceCatalogue.names).map { name in
            do {
                let file = try ConfigurationFile.locate(service: name)
                try ConfigVerb.read(name).finish()
                return Finding(
                    name: "\(name).yaml",
                    isFine: true,
                    text: file.path ?? "defaults, no file"
                )
            } catch {
                return Finding(name: "\(name).yaml", isFine: false, text: "\(error)")
            }
        }
    }

    /// What the kernel lets this user take away from engines and helpers.
    private static func protections() async -> [Finding] {
        do {
            let report = try await SandboxCheck.run()
            let active = report.active.map(\.rawValue).joined(separator: " ")
            let found = Finding(name: "sandbox", isFine: true, text: active)
            let isRequired = try settings().sandbox == .required
            return [found]
                + report.missing.map { missing in
                    Finding(
                        name: missing.protection.rawValue,
                        isFine: false,
                        text: missing.reason,
                        isBearable: missing.protection.isDouble || !isRequired
                    )
                }
        } catch {
            return [Finding(name: "sandbox", isFine: false, text: "\(error)")]
        }
    }

    private static func settings() throws -> DeviceSettings {
        let reader = try ConfigurationFile.locate(service: "device").reader()
        return DeviceSettings(reader, cores: CurrentProcess.cores)
    }

    private static func manager() async -> [Finding] {
        let hint = "it is not running; start it: baton up"
        do {
            let report = try await DeviceSocket.client().status()
            let pid = report["pid"]?.integerValue ?? 0
            return [Finding(name: "device manager", isFine: true, text: "running, pid \(pid)")]
        } catch let error as DeviceError where error.code == .unavailable {
            return [Finding(name: "device manager", isFine: false, text: hint)]
        } catch {
            return [Finding(name: "device manager", isFine: false, text: "\(error)")]
        }
    }
}

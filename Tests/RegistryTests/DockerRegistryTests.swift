import Glibc
import HTTPClient
import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Against the registry that Debian packages, with TLS and without; skipped where it is not
/// installed.
@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: DockerRegistry.program != nil, "docker-registry is not installed")
)
struct DockerRegistryTests {
    private let blob = PullFixture.content(30_000_000, seed: 21)

    /// A store with a model under a registry's name, pulled from one in memory.
    private func fixture(
        for host: String,
        _ change: (inout RegistryTransfers.Settings) -> Void = { _ in }
    ) async throws -> PullFixture {
        let source = try LoopbackRegistry()
        source.add(model: "lib/m:t", [("application/vnd.baton.ocr.detection", blob), ("x/y", [7])])
        let fixture = try PullFixture(change)
        try await fixture.pull("\(source.host)/lib/m:t")
        let (from, to) = (ModelName("\(source.host)/lib/m:t"), ModelName("\(host)/lib/m:t"))
        _ = try fixture.writer.copy(#require(from), to: #require(to))
        return fixture
    }

    @Test func aModelGoesThereAndBack() async throws {
        let registry = try await DockerRegistry()
        let fixture = try await fixture(for: registry.host)
        try await fixture.push("\(registry.host)/lib/m:t")
        let other = try PullFixture()
        try await other.pull("\(registry.host)/lib/m:t")
        let name = try #require(ModelName("\(registry.host)/lib/m:t"))
        let manifest = try fixture.writer.store.manifestBytes(of: name)
        #expect(manifest != nil)
        #expect(try other.writer.store.manifestBytes(of: name) == manifest)
        #expect(try other.blob("\(BlobDigest(of: blob))") == blob)
        #expect(try other.isClean())
        guard case .noSuchModel? = await other.failure("\(registry.host)/lib/none:t") else {
            Issue.record("a model that is not there was pulled")
            return
        }
    }

    @Test func certificatesCountUnlessTheyShallNot() async throws {
        let folder = TemporaryFolder()
        let registry = try await DockerRegistry(certificateIn: folder.path)
        let name = "https://\(registry.host)/lib/m:t"
        let fixture = try await fixture(for: registry.host)
        try await fixture.push(name)
        // Any certificate.
        try await PullFixture().pull(name)
        // This one.
        let trusting = try PullFixture { $0.client.certificates = folder.file("certificate.pem") }
        let secure = try RegistryReference(name)
        for try await _ in try await trusting.transfers.pull(secure) {}
        #expect(try trusting.blob("\(BlobDigest(of: blob))") == blob)
        // None but those of the system.
        let strict = try PullFixture()
        await #expect { for try await _ in try await strict.transfers.pull(secure) {} } throws: {
            if case .untrusted? = $0 as? RegistryError { true } else { false }
        }
        #expect(strict.isEmpty())
    }
}

/// Debian's registry in a process of its own.
private final class DockerRegistry: Sendable {
    static let program = Files.program(named: "docker-registry")

    let port: UInt16
    var host: String { "127.0.0.1:\(port)" }
    private let folder = TemporaryFolder()
    private let loop: EventLoop
    private let child: ChildProcess

    /// Starts one; with TLS where there is a folder for its certificate.
    init(certificateIn folder: String? = nil) async throws {
        port = try Self.freePort()
        loop = try EventLoop(name: "docker-registry")
        let spawner = Spawner(loop: loop)
        var tls = ""
        if let folder {
            let (certificate, key) = ("\(folder)/certificate.pem", "\(folder)/key.pem")
            let ended = Inbox<POSIX.ExitStatus>()
            let arguments = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ]
            let path = try #require(Files.program(named: "openssl"))
            let command = ChildCommand(path: path, arguments: arguments)
            _ = try await spawner.startOnLoop(command) { ended.put($0) }
            try #require(await ended.next() == .exited(0))
            tls = "\n  tls:\n    certificate: \(certificate)\n    key: \(key)"
        }
        let settings = """
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: \(self.folder.path)/data
            http:
              addr: 127.0.0.1:\(port)\(tls)

            """
        try Files.replace(self.folder.file("config.yml"), with: Array(settings.utf8))
        let command = ChildCommand(
            path: try #require(Self.program),
            arguments: ["serve", self.folder.file("config.yml")]
        )
        child = try await spawner.startOnLoop(command) { _ in }
        let client = try WebClient()
        let url = try #require(
            WebURL("\(folder == nil ? "http" : "https")://127.0.0.1:\(port)/v2/")
        )
        var request = WebRequest("GET", url)
        request.isInsecure = true
        // Half a minute is more than any machine takes.
        for _ in 0..<600 {
            if (try? await client.send(request)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SystemError(code: ETIMEDOUT, operation: "wait for docker-registry")
    }

    deinit {
        child.kill()
        loop.stop()
    }

    private static func freePort() throws -> UInt16 {
        let socket = FileDescriptorBox(try TCPListener.open("127.0.0.1", port: 0))
        return TCPListener.port(of: socket.number)
    }
}

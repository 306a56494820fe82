internal import Catalogue
internal import JSON
internal import ModelStore
internal import Modelfile
internal import Registry

/// Brings what a short name of the catalogue stands for.
///
/// The licence is told before anything is downloaded.
struct CataloguePull: Sendable {
    let work: StoreWork
    /// What is pulled.
    let entry: CatalogueEntry

    /// Pulls it.
    ///
    /// - Parameter emit: Hands on words about it; when that fails, the pull is left.
    func run(_ emit: StatusLines.Emit) async throws {
        if let license = entry.license {
            try await emit([["status": .string("license of \(entry.name.short): \(license)")]])
        }
        switch entry.source {
        case .registry(let name):
            // Whoever writes `http://` means it.
            let isPlain = name.hasPrefix("http://")
            try await pull(RegistryReference(name, insecure: isPlain), emit)
        case .files(let files): try await make(of: files, emit)
        }
    }

    /// Pulls a model, which is called by the short name alone then.
    private func pull(
        _ reference: RegistryReference,
        _ emit: StatusLines.Emit
    ) async throws {
        let wasThere = try await work.run { try work.has(reference.name) }
        for try await update in try await work.transfers.pull(reference)
        where update.status != RegistryProgress.success {
            try await emit([update.json])
        }
        try await work.run {
            _ = try work.writer.copy(reference.name, to: entry.name)
            if !wasThere { _ = try work.writer.delete(reference.name) }
        }
        try await emit([["status": .string(RegistryProgress.success)]])
    }

    /// Downloads files and makes a model of them.
    private func make(
        of files: [CatalogueEntry.File],
        _ emit: StatusLines.Emit
    ) async throws {
        // Held until the model names them.
        let pin = try await work.run {
            let pin = try work.writer.pin()
            try pin.hold(files.map(\.digest))
            return pin
        }
        defer { withExtendedLifetime(pin) {} }
        var request = CreateRequest(name: entry.name)
        request.files = []
        for (index, file) in files.enumerated() {
            try await fetch(file, emit)
            request.files?.append(.init(name: "file-\(index + 1).gguf", digest: file.digest))
        }
        request.template = entry.recipe.template
        request.system = entry.recipe.system
        request.licenses = entry.recipe.licenses
        request.parameters = entry.recipe.parameters
        request.messages = entry.recipe.messages.map {
            StoredMessage(role: $0.role, content: $0.content)
        }
        try await ModelMaking(work: work, wish: request, quantizer: nil).run(emit)
    }

    private func fetch(
        _ file: CatalogueEntry.File,
        _ emit: StatusLines.Emit
    ) async throws {
        let source = PlainFile(url: file.url, digest: file.digest, size: file.size)
        // Of one file, so that the newest word is all there is to say.
        try await StatusRelay.run(replacing: { _, _ in true }) {
            try await emit([$0.json])
        } _: { (say: @escaping @Sendable (RegistryProgress) -> Void) in
            try await work.transfers.fetch(source, say)
        }
    }
}

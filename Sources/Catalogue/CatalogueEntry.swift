package import ModelStore
package import Modelfile

/// A short name and what it stands for.
package struct CatalogueEntry: Sendable, Hashable {
    /// Where the model comes from.
    package enum Source: Sendable, Hashable {
        /// A model at a registry.
        case registry(String)
        /// Files at plain addresses, of which the model is made.
        case files([File])
    }

    /// A file at a plain address.
    package struct File: Sendable, Hashable {
        /// Its address, `https` or `http`.
        package let url: String
        /// What its bytes must be.
        package let digest: BlobDigest
        /// How many bytes it has.
        package let size: Int
    }

    /// The short name, which the model gets.
    package let name: ModelName
    /// One line about it; may be empty.
    package let about: String
    /// The licence's name, such as `apache-2.0`; told before a pull.
    package let license: String?
    /// Where it comes from.
    package let source: Source
    /// What a Modelfile would say of it beside where it comes from; for files alone.
    package let recipe: ModelRecipe

    /// Bytes that a pull brings; nil where only the registry knows.
    package var size: Int? {
        guard case .files(let files) = source else { return nil }
        return files.reduce(0) { $0 + $1.size }
    }
}

internal import LanguagePipeline

extension LanguageCore {
    /// A model that an engine can load, for doors that tell which member of a request is to blame.
    ///
    /// - Parameter name: The model, as the client names it.
    func served(_ name: String) async throws(Refusal) -> LanguageModel {
        do {
            return try await find(name)
        } catch {
            throw error.about("model")
        }
    }
}

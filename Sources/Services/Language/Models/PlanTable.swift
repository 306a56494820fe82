internal import LanguagePipeline
internal import ModelStore
internal import POSIX

/// Plans that were made before: making one takes as long as all else that is decided for a request.
final class PlanTable: Sendable {
    /// All that a plan depends on, beside what is the same for all of them.
    private struct Key: Hashable {
        let manifest: String
        /// Where the model's file is: two stores may have one manifest.
        let file: String?
        let options: GenerationOptions
        let purpose: LoadPlan.Purpose
        let shifts: Bool
    }

    private let usual: LoadPlan.Usual
    private let plans = Guarded(BoundedTable<Key, LoadPlan>(limit: 256))

    /// - Parameter usual: What holds where nobody says anything.
    init(usual: LoadPlan.Usual) { self.usual = usual }

    /// How a model is started; see `LoadPlan`.
    func plan(
        _ model: LanguageModel,
        _ options: GenerationOptions,
        for purpose: LoadPlan.Purpose,
        shifts: Bool
    ) -> LoadPlan {
        let key = Key(
            manifest: model.stored.digest,
            file: model.contents.modelPaths.first,
            options: options.only(LoadPlan.options),
            purpose: purpose,
            shifts: shifts
        )
        if let known = plans.withLock({ $0[key] }) { return known }
        let plan = LoadPlan(model, options, for: purpose, shifts: shifts, usual: usual)
        // Of a model that is not whole, the rest may come.
        guard model.contents.problems.isEmpty else { return plan }
        plans.withLock { $0[key] = plan }
        return plan
    }
}

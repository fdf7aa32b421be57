namespace Exo.Api;

/// <summary>
/// Everything that can be asked of Exo, whoever answers: this process, a server or a cluster. Its messages are plain records
/// that survive JSON. Models are named as a person names them: an alias, a folder, a .gguf file or "org/name[@revision]".
/// </summary>
/// <remarks>
/// Every member throws <see cref="ExoException"/> for what can be expected to go wrong, with words fit to be shown,
/// and <see cref="OperationCanceledException"/> when its token is cancelled.
/// </remarks>
public interface IExoService : IAsyncDisposable
{
    /// <summary>The models at hand: those shipped with the program and those in the store, by name.</summary>
    Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>What a model is. It must be at hand.</summary>
    Task<ModelCard> ShowAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>What a pull would fetch; fetches nothing but the list of files.</summary>
    Task<PullPlan> PlanPullAsync(PullRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Fetches what is missing of a model. Each snapshot is whole in itself, so that any may be missed; the last one's phase is
    /// <see cref="PullPhase.Done"/>. Cancelling keeps what was verified: the same request goes on from there.
    /// </summary>
    IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, CancellationToken cancellationToken = default);

    /// <summary>Pauses and resumes the running pulls of a model, or changes their priority, whoever began them; says where the last of them stands then.</summary>
    Task<PullProgress> ControlPullAsync(PullControl control, CancellationToken cancellationToken = default);

    /// <summary>Reads a stored model again and checks every file against its hash, one snapshot after the other.</summary>
    IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>Deletes a model from the store.</summary>
    Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>Splits a text as the model does.</summary>
    Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Makes a model ready to answer; one that is loaded alike already is ready at once. The last snapshot carries the model.</summary>
    IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, CancellationToken cancellationToken = default);

    /// <summary>Frees a loaded model once its running answers have ended. False where it is not loaded.</summary>
    Task<bool> UnloadAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>The models that are loaded.</summary>
    Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers, loading the model where it isn't. The last event carries the reason and the figures. Cancelling ends the answer and
    /// frees what it held within one step: by a last event that says so, or by <see cref="OperationCanceledException"/> where the
    /// answer had not begun or whoever answers is out of reach.
    /// </summary>
    IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Where a model's layers would go, and why; nothing moves. One that doesn't fit is no failure: the report says so with the sums. The
    /// model must be at hand, or known to where models come from.
    /// </summary>
    Task<PlacementReport> PlaceAsync(PlaceRequest request, CancellationToken cancellationToken = default);

    /// <summary>The machine or machines, and what they are doing.</summary>
    Task<ServiceState> GetStateAsync(CancellationToken cancellationToken = default);
}

namespace Exo.Api.Local;

/// <summary>Answers in this process, on this machine.</summary>
public sealed class LocalExoService : IExoService
{
    public Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken = default) => throw Missing();
    public Task<ModelCard> ShowAsync(string model, CancellationToken cancellationToken = default) => throw Missing();
    public Task<PullPlan> PlanPullAsync(PullRequest request, CancellationToken cancellationToken = default) => throw Missing();
    public IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, CancellationToken cancellationToken = default) => throw Missing();
    public IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, CancellationToken cancellationToken = default) => throw Missing();
    public Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken = default) => throw Missing();
    public Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) => throw Missing();
    public IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, CancellationToken cancellationToken = default) => throw Missing();
    public Task<bool> UnloadAsync(string model, CancellationToken cancellationToken = default) => throw Missing();
    public Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken = default) => throw Missing();
    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken = default) => throw Missing();
    public Task<ServiceState> GetStateAsync(CancellationToken cancellationToken = default) => throw Missing();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ExoException Missing() => new(ExoErrorKind.Failure, "the engine is still being built in");
}

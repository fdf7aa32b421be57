using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>
/// Answers over the cluster's grains, on whichever silo it is asked. What concerns one machine's disk (the plan of a pull, verifying, removing) is
/// done on this one.
/// </summary>
internal sealed class ClusterExoService(
    IGrainFactory grains, ClusterNodes nodes, Deployments deployments, IClusterMembershipService membership, ModelReader reader, LocalExoService local,
    ILocalSiloDetails self, TimeProvider time, ILogger<ClusterExoService> logger) : IExoService
{
    private static readonly TimeSpan DriverPatience = TimeSpan.FromSeconds(5);

    /// <summary>The models of this node's disk, and those that other nodes hold in whole or in parts.</summary>
    public async Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken = default)
    {
        var here = await local.ListAsync(cancellationToken);
        var facts = await nodes.FactsAsync(cancellationToken);
        var names = here.Select(model => model.Name).ToHashSet(StringComparer.Ordinal);
        var elsewhere = facts
            .SelectMany(node => node.Held.Select(held => (Node: node.Name, Held: held)))
            .Where(held => !names.Contains(held.Held.Model) && held.Held.ByteCount > 0)
            .GroupBy(held => held.Held.Model)
            .Select(model => new StoredModel
            {
                Name = model.Key,
                Kind = StoredModelKind.Pulled,
                Revision = model.First().Held.Commit,
                ByteCount = model.Sum(held => held.Held.ByteCount),
                Path = $"on {string.Join(", ", model.Select(held => held.Node).Distinct())}",
            });
        return [.. here, .. elsewhere.OrderBy(model => model.Name, StringComparer.OrdinalIgnoreCase)];
    }

    public Task<ModelCard> ShowAsync(string model, CancellationToken cancellationToken = default) => ShowCoreAsync(model, cancellationToken).Translated();

    public Task<PullPlan> PlanPullAsync(PullRequest request, CancellationToken cancellationToken = default) => local.PlanPullAsync(request, cancellationToken);

    /// <summary>Has each node fetch the layers it would run. A pull with choices or limits of its own concerns files: this node fetches them, whole.</summary>
    public IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, CancellationToken cancellationToken = default) =>
        request is { Include.Count: 0, Exclude.Count: 0, Connections: null, BytesPerSecond: null }
            ? PullCoreAsync(request, cancellationToken).Translated(cancellationToken)
            : local.PullAsync(request, cancellationToken);

    public async Task<PullProgress> ControlPullAsync(PullControl control, CancellationToken cancellationToken = default)
    {
        if (local.IsPulling(control.Model)) return await local.ControlPullAsync(control, cancellationToken);
        var grain = grains.GetGrain<IModelGrain>(control.Model);
        var snapshot = await deployments.TryAsync(() => grain.ControlPullAsync(control.Paused, control.Priority, cancellationToken), cancellationToken);
        return snapshot.Phase is ModelPhase.Planning or ModelPhase.Fetching
            ? control.Apply(ModelReports.PullOf(snapshot))
            : throw new ExoException(ExoErrorKind.ModelNotFound, $"no pull of {control.Model} is under way: begin it with 'exo pull {control.Model}'");
    }

    public IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, CancellationToken cancellationToken = default) => local.VerifyAsync(model, cancellationToken);

    public Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken = default) => local.RemoveAsync(model, cancellationToken);

    public Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) => TokenizeCoreAsync(request, cancellationToken).Translated();

    public IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, CancellationToken cancellationToken = default) => LoadCoreAsync(request, cancellationToken).Translated(cancellationToken);

    /// <summary>A call that has to be made again may find the work of the first one done.</summary>
    public Task<bool> UnloadAsync(string model, CancellationToken cancellationToken = default)
    {
        var calls = 0;
        return deployments.TryAsync(async () =>
        {
            var isAgain = calls++ > 0;
            return await grains.GetGrain<IModelGrain>(model).UnloadAsync(cancellationToken) || isAgain;
        }, cancellationToken);
    }

    public async Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken = default)
    {
        var facts = await nodes.FactsAsync(cancellationToken);
        var models = facts.SelectMany(node => node.Shards).Select(shard => shard.Model).Distinct().Order(StringComparer.Ordinal);
        var infos = await Task.WhenAll(models.Select(model => InfoAsync(model, cancellationToken)));
        return [.. infos.OfType<LoadedModelInfo>()];
    }

    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken = default) =>
        new ClusterAnswer(grains, deployments, membership, self.SiloAddress, time, logger).ReadAsync(request, cancellationToken).Translated(cancellationToken);

    public async Task<PlacementReport> PlaceAsync(PlaceRequest request, CancellationToken cancellationToken = default)
    {
        var options = new DeployOptions { ContextLength = request.ContextLength, Quantization = request.Quantization };
        if (request.Sequences is { } sequences) options = options with { MaxSequences = sequences };
        var plan = await deployments.TryAsync(() => grains.GetGrain<IModelGrain>(request.Model).PlanAsync(options, cancellationToken), cancellationToken);
        return JsonSerializer.Deserialize(plan.ReportJson, ExoJson.Default.PlacementReport)!;
    }

    public async Task<ServiceState> GetStateAsync(CancellationToken cancellationToken = default)
    {
        var states = nodes.StatesAsync(cancellationToken);
        var models = ListLoadedAsync(cancellationToken);
        return new ServiceState
        {
            Version = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3),
            Nodes = await states,
            Models = await models,
            Pulls = [.. (await states).SelectMany(node => node.Pulls)],
        };
    }

    /// <summary>What it stands on belongs to the silo.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<ModelCard> ShowCoreAsync(string model, CancellationToken cancellationToken)
    {
        var files = await reader.OpenAsync(model, commit: null, cancellationToken);
        return await Task.Run(() => ModelCards.Of(model, files), cancellationToken);
    }

    private async Task<TokenizedText> TokenizeCoreAsync(TokenizeRequest request, CancellationToken cancellationToken)
    {
        var files = await reader.OpenAsync(request.Model, commit: null, cancellationToken);
        return await Task.Run(() => TokenPieces.Of(files.Tokenizer, request.Text, request.AddSpecialTokens), cancellationToken);
    }

    private async IAsyncEnumerable<PullProgress> PullCoreAsync(PullRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IModelGrain>(request.Model);
        var snapshot = await deployments.TryAsync(() => grain.PullAsync(new DeployOptions(), cancellationToken), cancellationToken);
        if (request.Priority != 0 && snapshot.Phase is ModelPhase.Planning or ModelPhase.Fetching)
            snapshot = await deployments.TryAsync(() => grain.ControlPullAsync(paused: null, request.Priority, cancellationToken), cancellationToken);
        try
        {
            while (snapshot.Phase is ModelPhase.Planning or ModelPhase.Fetching)
            {
                yield return ModelReports.PullOf(snapshot);
                var version = snapshot.Version;
                snapshot = await deployments.NextAsync(grain, version, cancellationToken);
            }
        }
        finally
        {
            // Whoever leaves a pull ends it: what is verified stays on the nodes.
            if (cancellationToken.IsCancellationRequested && snapshot.Phase is ModelPhase.Planning or ModelPhase.Fetching)
                await deployments.TryAsync(() => grain.CancelPullAsync(CancellationToken.None), CancellationToken.None);
        }

        if (snapshot.Phase == ModelPhase.Failed) throw new ExoException(snapshot.ErrorKind ?? ExoErrorKind.Failure, snapshot.Error ?? $"{request.Model} can't be pulled");
        yield return ModelReports.PullOf(snapshot);
    }

    private async IAsyncEnumerable<LoadProgress> LoadCoreAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new DeployOptions { ContextLength = request.ContextLength, Threads = request.Threads, ShardCount = request.ShardCount, Quantization = request.Quantization };
        var fraction = 0d;
        await foreach (var snapshot in deployments.LoadAsync(request.Model, options, cancellationToken))
        {
            fraction = Math.Max(fraction, ModelReports.FractionOf(snapshot));
            if (snapshot.Phase != ModelPhase.Ready) yield return new LoadProgress(fraction, null);
        }

        // A deployment that is lost this very moment is replaced: whoever loads waits for the one that stays.
        LoadedModelInfo? info;
        while ((info = await InfoAsync(request.Model, cancellationToken)) is null) await deployments.ReadyAsync(request.Model, options, cancellationToken);
        yield return new LoadProgress(1, info);
    }

    /// <summary>What a deployment's driver is busy with; null where its node is gone. It is not waited for: it runs there or nowhere.</summary>
    private async Task<GenerationLoad?> LoadOfAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString()).GetLoadAsync(cancellationToken).WaitAsync(DriverPatience, cancellationToken);
        }
        catch (Exception gone) when (gone is OrleansException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Null where the model is not deployed, or its deployment is being lost.</summary>
    private async Task<LoadedModelInfo?> InfoAsync(string model, CancellationToken cancellationToken)
    {
        var snapshot = await deployments.TryAsync(() => grains.GetGrain<IModelGrain>(model).GetAsync(cancellationToken), cancellationToken);
        if (snapshot is not { Phase: ModelPhase.Ready, Deployment: { } deployment }) return null;
        var files = await reader.OpenAsync(model, deployment.Commit, cancellationToken);
        if (await LoadOfAsync(deployment, cancellationToken) is not { Loss: null } load) return null;
        var facts = await nodes.FactsAsync(cancellationToken);
        var shards = facts.SelectMany(node => node.Shards
            .Where(shard => shard.Model == model && shard.Epoch == deployment.Epoch)
            .Select(shard => new Api.ResidentShard(model, node.Name, shard.Device, shard.FirstLayer, shard.EndLayer, shard.WeightByteCount, shard.KvByteCount))).OrderBy(shard => shard.FirstLayer).ToArray();
        var speech = new ModelSpeech(model, files);
        return new LoadedModelInfo
        {
            Name = model,
            Path = files.Path,
            ContextLength = deployment.ContextLength,
            ByteCount = shards.Sum(shard => shard.WeightByteCount),
            KvByteCount = shards.Sum(shard => shard.KvByteCount),
            Device = string.Join(", ", deployment.Shards.Select(shard => $"{shard.Node} {shard.Device}")),
            PromptStyle = speech.PromptStyle,
            HasChatTemplate = speech.HasChatTemplate,
            Sampling = speech.Sampling,
            ActiveCount = load.Answers,
            LoadedAt = DateTimeOffset.FromUnixTimeMilliseconds(deployment.Epoch),
            Shards = shards,
        };
    }
}

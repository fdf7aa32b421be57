using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>
/// Answers over the cluster's grains, on whichever silo it is asked. What concerns one machine's disk (the plan of a pull, verifying) is done on
/// this one.
/// </summary>
internal sealed class ClusterExoService(
    IGrainFactory grains, ClusterNodes nodes, Deployments deployments, DeployedModels deployed, IClusterMembershipService membership, ModelReader reader, LocalExoService local,
    ModelPresence presence, NodeStore store, Departure departure, ILocalSiloDetails self, TimeProvider time, ILogger<ClusterExoService> logger) : IExoService
{
    /// <summary>The models of this node's disk, and those that other nodes hold in whole or in parts.</summary>
    public async Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken = default)
    {
        var here = await local.ListAsync(cancellationToken);
        var facts = await nodes.FactsAsync(cancellationToken);
        var names = here.Select(model => model.Name).ToHashSet(StringComparer.Ordinal);
        var elsewhere = facts
            .SelectMany(node => node.Held.Select(held => (Node: node.Name, Held: held)))
            .Where(held => !names.Contains(held.Held.Model) && held.Held.HasLayers && held.Held.ByteCount > 0)
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
            ? new ClusterPull(grains, deployments, departure).ReadAsync(request with { Model = NameOf(request.Model) }, cancellationToken).Translated(cancellationToken)
            : local.PullAsync(request, cancellationToken);

    public async Task<PullProgress> ControlPullAsync(PullControl control, CancellationToken cancellationToken = default)
    {
        if (local.IsPulling(control.Model)) return await local.ControlPullAsync(control, cancellationToken);
        var grain = grains.GetGrain<IModelGrain>(NameOf(control.Model));
        var snapshot = await deployments.TryAsync(() => grain.ControlPullAsync(control.Paused, control.Priority, cancellationToken), cancellationToken);
        return snapshot.Phase is ModelPhase.Planning or ModelPhase.Fetching
            ? control.Apply(ModelReports.PullOf(snapshot))
            : throw new ExoException(ExoErrorKind.ModelNotFound, $"no pull of {control.Model} is under way: begin it with 'exo pull {control.Model}'");
    }

    public IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, CancellationToken cancellationToken = default) => local.VerifyAsync(model, cancellationToken);

    /// <summary>From the disks of all nodes, whole files and slices.</summary>
    public async Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken = default)
    {
        var request = Guid.NewGuid(); // A call that has to be made again asks for the same removal.
        return new RemovedModel(model, await deployments.TryAsync(() => grains.GetGrain<IModelGrain>(model).RemoveAsync(request, cancellationToken), cancellationToken));
    }

    public Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) => TokenizeCoreAsync(request, cancellationToken).Translated();

    public IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, CancellationToken cancellationToken = default) => LoadCoreAsync(request with { Model = NameOf(request.Model) }, cancellationToken).Translated(cancellationToken);

    /// <summary>A call that has to be made again may find the work of the first one done.</summary>
    public Task<bool> UnloadAsync(string model, CancellationToken cancellationToken = default)
    {
        var (grain, calls) = (grains.GetGrain<IModelGrain>(NameOf(model)), 0);
        return deployments.TryAsync(async () =>
        {
            var isAgain = calls++ > 0;
            return await grain.UnloadAsync(cancellationToken) || isAgain;
        }, cancellationToken);
    }

    public Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken = default) => deployed.ListAsync(cancellationToken);

    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken = default) =>
        AnswerCoreAsync(request with { Model = NameOf(request.Model) }, cancellationToken).Translated(cancellationToken);

    public async Task<PlacementReport> PlaceAsync(PlaceRequest request, CancellationToken cancellationToken = default)
    {
        Asked.Check(request);
        var options = new DeployOptions { ContextLength = request.ContextLength, Quantization = request.Quantization, FullSequences = request.Sequences };
        if (request.Sequences is { } sequences) options = options with { MaxSequences = sequences };
        var plan = await deployments.TryAsync(() => grains.GetGrain<IModelGrain>(NameOf(request.Model)).PlanAsync(options, cancellationToken), cancellationToken);
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

    /// <summary>All spellings of one reference mean one model, which has one grain; samples and paths are called what they are called.</summary>
    private string NameOf(string model) => store.ReferenceOf(model)?.ToString() ?? model;

    /// <summary>Asking fetches nothing that nobody has asked to have here; what was here and is lost in part is fetched again.</summary>
    private async IAsyncEnumerable<AnswerEvent> AnswerCoreAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked.Check(request);
        if (!await presence.IsHereAsync(request.Model, cancellationToken))
            throw new ExoException(ExoErrorKind.ModelNotPulled, $"{request.Model} is on none of the nodes: 'exo pull {request.Model}' fetches it");
        var answer = new ClusterAnswer(grains, deployments, membership, self.SiloAddress, time, logger);
        await foreach (var next in answer.ReadAsync(request, cancellationToken)) yield return next;
    }

    private async IAsyncEnumerable<LoadProgress> LoadCoreAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked.Check(request);
        var options = new DeployOptions { ContextLength = request.ContextLength, Threads = request.Threads, ShardCount = request.ShardCount, Quantization = request.Quantization };
        var fraction = 0d;
        await foreach (var snapshot in deployments.LoadAsync(request.Model, options, cancellationToken))
        {
            fraction = Math.Max(fraction, ModelReports.FractionOf(snapshot));
            if (snapshot.Phase != ModelPhase.Ready) yield return new LoadProgress(fraction, null, snapshot.Phase == ModelPhase.Fetching);
        }

        // A deployment that is lost this very moment is replaced: whoever loads waits for the one that stays.
        LoadedModelInfo? info;
        while ((info = await deployed.FindAsync(request.Model, cancellationToken)) is null) await deployments.ReadyAsync(request.Model, options, cancellationToken);
        yield return new LoadProgress(1, info);
    }
}

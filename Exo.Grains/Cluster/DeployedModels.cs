using System.Collections.Concurrent;
using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>The models that answer, in the service contract's words: what their grains, drivers and nodes tell, and what their files say.</summary>
internal sealed partial class DeployedModels(IGrainFactory grains, ClusterNodes nodes, Deployments deployments, ModelReader reader, TimeProvider time, ILogger<DeployedModels> logger)
{
    private static readonly TimeSpan DriverPatience = TimeSpan.FromSeconds(5);

    /// <summary>A listing waits no longer for files that have to be fetched: the nodes tell most of a model without them.</summary>
    private static readonly TimeSpan FilesPatience = TimeSpan.FromSeconds(3);

    /// <summary>Files that could not be had are asked for again then: a listing is made every second while somebody watches.</summary>
    private static readonly TimeSpan FilesPause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(string Model, string? Commit), long> _unreadSince = [];

    /// <summary>
    /// All of them, by name. None keeps the others from being shown: one whose files can't be read on this node is shown by what its nodes tell of it, one whose grain
    /// can't be asked is left out.
    /// </summary>
    public async Task<IReadOnlyList<LoadedModelInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var facts = await nodes.FactsAsync(cancellationToken);
        var models = facts.SelectMany(node => node.Shards).Select(shard => shard.Model).Distinct().Order(StringComparer.Ordinal);
        var infos = await Task.WhenAll(models.Select(model => ShowAsync(model, cancellationToken)));
        return [.. infos.OfType<LoadedModelInfo>()];
    }

    /// <summary>One of them, whole; null where it is not deployed, or its deployment is being lost.</summary>
    /// <exception cref="ExoException">Its files can't be had.</exception>
    public async Task<LoadedModelInfo?> FindAsync(string model, CancellationToken cancellationToken)
    {
        if (await DeploymentOfAsync(model, cancellationToken) is not { } deployment) return null;
        var files = await reader.OpenAsync(model, deployment.Commit, cancellationToken);
        return await InfoAsync(deployment, files, cancellationToken);
    }

    private async Task<LoadedModelInfo?> ShowAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            if (await DeploymentOfAsync(model, cancellationToken) is not { } deployment) return null;
            return await InfoAsync(deployment, await TryOpenAsync(deployment, cancellationToken), cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotAsked(failure, model);
            return null;
        }
    }

    private async Task<Deployment?> DeploymentOfAsync(string model, CancellationToken cancellationToken)
    {
        var snapshot = await deployments.GetAsync(model, cancellationToken);
        return snapshot.Phase == ModelPhase.Ready ? snapshot.Deployment : null;
    }

    /// <summary>Null where the files can't be read on this node, or not soon.</summary>
    private async Task<ModelFiles?> TryOpenAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        var key = (deployment.Model, deployment.Commit);
        if (_unreadSince.TryGetValue(key, out var since) && time.GetElapsedTime(since) < FilesPause) return null;
        using var patience = new CancellationTokenSource(FilesPatience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var files = await reader.OpenAsync(deployment.Model, deployment.Commit, limit.Token);
            _unreadSince.TryRemove(key, out _);
            return files;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _unreadSince[key] = time.GetTimestamp();
            LogUnread(failure, deployment.Model);
            return null;
        }
    }

    /// <param name="deployment">Answers.</param>
    /// <param name="files">Its files; null: how it speaks is not known here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<LoadedModelInfo?> InfoAsync(Deployment deployment, ModelFiles? files, CancellationToken cancellationToken)
    {
        if (await LoadOfAsync(deployment, cancellationToken) is not { Loss: null } load) return null;
        var facts = await nodes.FactsAsync(cancellationToken);
        var shards = facts.SelectMany(node => node.Shards
            .Where(shard => shard.Model == deployment.Model && shard.Epoch == deployment.Epoch)
            .Select(shard => new Api.ResidentShard(deployment.Model, node.Name, shard.Device, shard.FirstLayer, shard.EndLayer, shard.WeightByteCount, shard.KvByteCount))).OrderBy(shard => shard.FirstLayer).ToArray();
        var speech = files is null ? null : new ModelSpeech(deployment.Model, files);
        var kvByteCount = shards.Sum(shard => shard.KvByteCount);
        return new LoadedModelInfo
        {
            Name = deployment.Model,
            Path = files?.Path ?? $"on {string.Join(", ", deployment.Shards.Select(shard => shard.Node).Distinct())}",
            ContextLength = deployment.ContextLength,
            ByteCount = shards.Sum(shard => shard.WeightByteCount),
            KvByteCount = kvByteCount,
            KvUsedByteCount = kvByteCount / deployment.KvBlockCount * load.KvBlocksInUse, // Every shard holds so many whole blocks.
            Device = string.Join(", ", deployment.Shards.Select(shard => $"{shard.Node} {shard.Device}")),
            PromptStyle = speech?.PromptStyle ?? PromptStyle.Continue,
            HasChatTemplate = speech?.HasChatTemplate ?? false,
            Sampling = speech?.Sampling ?? new SamplingSettings(),
            ActiveCount = load.Answers,
            LoadedAt = DateTimeOffset.FromUnixTimeMilliseconds(deployment.Epoch),
            Shards = shards,
        };
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Model}'s grain can't be asked: it is left out of the loaded models")]
    private partial void LogNotAsked(Exception failure, string model);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Model}'s files can't be read on this node: it is shown by what its nodes tell")]
    private partial void LogUnread(Exception failure, string model);
}

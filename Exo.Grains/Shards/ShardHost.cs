using System.Collections.Immutable;
using Exo.Api.Local;
using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Wire;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Shards;

/// <summary>
/// The shards in this node's memory. It is the fence between epochs: once it has heard of an epoch of a model, lower ones can neither load nor
/// compute here, whoever asks. One per process; thread-safe; nothing it is asked waits for a load or a step.
/// </summary>
internal sealed partial class ShardHost(
    IEnumerable<IShardBackend> backends, IEnumerable<IDeviceMeter> meters, IModelLocator locator, OpenModels models, IGrainFactory grains, ShardHostOptions options, ILogger<ShardHost> logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ShardKey, ShardSlot> _slots = [];
    private readonly Dictionary<string, long> _epochs = [];

    /// <summary>Everything that is here or on its way.</summary>
    public ImmutableArray<ShardState> States
    {
        get
        {
            lock (_lock) return [.. _slots.Values.Select(slot => slot.State())];
        }
    }

    /// <summary>The newest deployment of a model that has a shard here; null where none has.</summary>
    public Deployment? NewestOf(string model)
    {
        lock (_lock) return _slots.Values.Where(slot => slot.Key.Model == model).MaxBy(slot => slot.Key.Epoch)?.Deployment;
    }

    /// <summary>Starts to load a shard. Shards of lower epochs make way first; one of the same shape is taken over as it is.</summary>
    /// <exception cref="ShardLostException">The epoch is over.</exception>
    /// <exception cref="ModelRefusedException">Another model has taken the memory meanwhile.</exception>
    public ShardState Load(ShardKey key, Deployment deployment)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(key, out var known))
            {
                known.Deployment = deployment; // Ranges are an epoch's for good; how long they are kept may have changed.
                return known.State();
            }

            Enter(key.Model, key.Epoch);
            Admit(key, deployment.Shards[key.Index]);
            var earlier = Take(key.Model, slot => slot.Key.Epoch < key.Epoch);
            var slot = new ShardSlot(key, deployment);
            slot.Loading = Task.Run(() => LoadAsync(slot, earlier));
            _slots[key] = slot;
            LogLoads(key.ToString());
            return slot.State();
        }
    }

    public ShardState State(ShardKey key)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(key, out var slot)) return slot.State();
        }

        return new ShardState { Model = key.Model, Epoch = key.Epoch, FirstLayer = 0, EndLayer = 0, Phase = ShardPhase.Absent };
    }

    /// <summary>Ends when a shard is given up, whoever had it freed; it has where there is none.</summary>
    public Task GivenUpAsync(ShardKey key)
    {
        lock (_lock) return _slots.GetValueOrDefault(key)?.GivenUp.Task ?? Task.CompletedTask;
    }

    /// <exception cref="ShardLostException">The shard is not ready here.</exception>
    public void Forward(ShardKey key, StepFrame step) => RunnerOf(key).Enqueue(step);

    /// <summary>See <see cref="ShardRunner.Cancel"/>; a shard that isn't here has nothing to cancel.</summary>
    public void Cancel(ShardKey key, long step)
    {
        ShardRunner? runner;
        lock (_lock) runner = _slots.GetValueOrDefault(key)?.Runner;
        runner?.Cancel(step);
    }

    /// <summary>Frees one shard; returns when its memory is free.</summary>
    public Task UnloadAsync(ShardKey key)
    {
        ImmutableArray<ShardSlot> taken;
        lock (_lock) taken = Take(key.Model, slot => slot.Key == key);
        return FreeAsync(taken);
    }

    /// <summary>Frees a model's shards of epochs up to this one, and lets none of them come back.</summary>
    public Task RetireAsync(string model, long epoch)
    {
        ImmutableArray<ShardSlot> taken;
        lock (_lock)
        {
            _epochs[model] = Math.Max(_epochs.GetValueOrDefault(model), epoch + 1);
            taken = Take(model, slot => slot.Key.Epoch <= epoch);
        }

        return FreeAsync(taken);
    }

    public async ValueTask DisposeAsync()
    {
        ImmutableArray<ShardSlot> taken;
        lock (_lock)
        {
            taken = [.. _slots.Values];
            _slots.Clear();
        }

        await FreeAsync(taken);
    }

    private ShardRunner RunnerOf(ShardKey key)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(key, out var slot) && slot.Runner is { } runner) return runner;
            var newest = _epochs.GetValueOrDefault(key.Model);
            throw new ShardLostException(newest > key.Epoch ? $"Epoch {key.Epoch} of {key.Model} is over; {newest} runs." : $"Node {key.Node} does not hold shard {key.Index} of {key.Model}.");
        }
    }

    private void Enter(string model, long epoch)
    {
        var newest = _epochs.GetValueOrDefault(model);
        if (epoch < newest) throw new ShardLostException($"Epoch {epoch} of {model} is over; {newest} runs.");
        _epochs[model] = epoch;
    }

    /// <summary>
    /// Two models may be planned into the same room: who comes first has it. Loads under way are counted as if they were through. Earlier epochs of this
    /// model make way: what they take doesn't count, and what of it shows in the system is to be had.
    /// </summary>
    private void Admit(ShardKey key, ShardPlace place)
    {
        if (meters.FirstOrDefault(meter => meter.Device == place.Device) is not { } meter) return;
        var limit = place.Device == "cpu" ? options.MemoryByteCount : null;
        var shards = DeviceRoom.On(place.Device, _slots.Values.Select(slot => slot.State()));
        var leaving = shards.Where(shard => shard.Model == key.Model && shard.Epoch < key.Epoch).ToList();
        var staying = shards.Except(leaving).ToList();
        var room = DeviceRoom.Of(meter.FreeByteCount() + leaving.Sum(shard => shard.ByteCount - shard.UnseenByteCount), limit, staying);
        if (place.ByteCount <= room) return;
        var (taken, what) = (staying.Sum(shard => shard.ByteCount), $"{place.ByteCount >> 20} MiB for layers {place.FirstLayer} to {place.EndLayer - 1} of {key.Model} are too much");
        throw new ModelRefusedException(Api.ExoErrorKind.OutOfMemory, limit - taken <= room
            ? $"node {key.Node} may give {limit >> 20} MiB to models and has given {taken >> 20} MiB: {what}"
            : $"node {key.Node} has {room >> 20} MiB free beside the {taken >> 20} MiB that it has given to models: {what}");
    }

    private ImmutableArray<ShardSlot> Take(string model, Func<ShardSlot, bool> which)
    {
        var taken = _slots.Values.Where(slot => slot.Key.Model == model && which(slot)).ToImmutableArray();
        foreach (var slot in taken)
        {
            _slots.Remove(slot.Key);
            slot.GivenUp.TrySetResult();
        }

        return taken;
    }

    private async Task<ResidentShard> LoadAsync(ShardSlot slot, ImmutableArray<ShardSlot> earlier)
    {
        // 1. What the epochs before held comes to rest.
        var resting = new List<ResidentShard>();
        foreach (var old in earlier)
        {
            if (await StopAsync(old) is { } resident) resting.Add(resident);
        }

        try
        {
            // 2. Of it, what this epoch wants is taken over; the rest makes way before anything is read.
            var place = slot.Deployment.Shards[slot.Key.Index];
            var layers = new LayerRange(place.FirstLayer, place.EndLayer);
            var path = locator.Locate(slot.Key.Model, slot.Deployment.Commit, layers);
            var shape = new ResidentShape(path, layers, place.Device, slot.Deployment.KvBlockCount, place.Threads > 0 ? place.Threads : options.Threads, slot.Deployment.Options?.Quantization);
            var kept = resting.Find(resident => resident.Shape == shape);
            Free(resting, except: kept);
            if (kept is null) resting.Add(kept = Read(slot, path, shape));

            // 3. From here on it computes, unless it was freed meanwhile.
            lock (_lock)
            {
                slot.Cancellation.Token.ThrowIfCancellationRequested();
                slot.Runner = new ShardRunner(kept.Shard, new GrainRoute(grains, slot.Deployment, slot.Key.Index, logger));
            }

            return kept;
        }
        catch (Exception failure)
        {
            Free(resting, except: null);
            if (failure is not OperationCanceledException) LogLoadFailed(failure, slot.Key.ToString());
            throw;
        }
    }

    private ResidentShard Read(ShardSlot slot, string path, ResidentShape shape)
    {
        var backend = backends.FirstOrDefault(backend => backend.Device == shape.Device)
            ?? throw new ModelRefusedException(Api.ExoErrorKind.Failure, $"Node {slot.Key.Node} has no device '{shape.Device}'.");
        return ResidentShard.Load(Quantizations.Apply(models.Open(path), shape.Quantization), shape, backend, slot.Progress, slot.Cancellation.Token);
    }

    private static void Free(List<ResidentShard> shards, ResidentShard? except)
    {
        foreach (var shard in shards)
        {
            if (shard != except) shard.Dispose();
        }

        shards.RemoveAll(shard => shard != except);
    }

    /// <summary>Ends a slot's load or thread.</summary>
    /// <returns>Its shard at rest, the caller's to dispose of; null where it never came to be.</returns>
    private async Task<ResidentShard?> StopAsync(ShardSlot slot)
    {
        lock (_lock) slot.Cancellation.Cancel();
        await ((Task)slot.Loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (slot.Runner is { } runner) await Task.Run(runner.Dispose);
        return slot.Loading.IsCompletedSuccessfully ? slot.Loading.Result : null;
    }

    private async Task FreeAsync(ImmutableArray<ShardSlot> slots)
    {
        foreach (var slot in slots)
        {
            if (await StopAsync(slot) is not { } resident) continue;
            await Task.Run(resident.Dispose);
            LogFreed(slot.Key.ToString());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading shard {Shard}")]
    private partial void LogLoads(string shard);

    [LoggerMessage(Level = LogLevel.Information, Message = "Freed shard {Shard}")]
    private partial void LogFreed(string shard);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} can't be loaded")]
    private partial void LogLoadFailed(Exception failure, string shard);
}

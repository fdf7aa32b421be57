using Exo.Grains.Models;

namespace Exo.Grains.Shards;

/// <summary>One deployment's shard on this node, from the order to load it until it is freed.</summary>
internal sealed class ShardSlot(ShardKey key, Deployment deployment)
{
    public ShardKey Key { get; } = key;

    public Deployment Deployment { get; set; } = deployment;

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Ends when the shard is ready; fails with what prevented it.</summary>
    public Task<ResidentShard> Loading { get; set; } = null!;

    /// <summary>Ends when the shard is given up: it computes no more, and its memory is about to be free, or another's.</summary>
    public TaskCompletionSource GivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set with the loading's end.</summary>
    public ShardRunner? Runner { get; set; }

    /// <summary>Takes the loader's progress.</summary>
    public ShardProgress Progress { get; } = new();

    public ShardState State()
    {
        var place = Deployment.Shards[Key.Index];
        var resident = Loading.IsCompletedSuccessfully ? Loading.Result : null;
        return new ShardState
        {
            Model = Key.Model,
            Epoch = Key.Epoch,
            FirstLayer = place.FirstLayer,
            EndLayer = place.EndLayer,
            Device = place.Device,
            Phase = resident is not null && Runner is not null ? ShardPhase.Ready : Loading.IsFaulted || Loading.IsCanceled ? ShardPhase.Failed : ShardPhase.Loading,
            LoadedFraction = resident is not null ? 1 : Progress.Fraction,
            WeightByteCount = resident?.WeightByteCount ?? place.ByteCount,
            KvByteCount = resident?.KvByteCount ?? 0,
            UnseenByteCount = resident?.UnseenByteCount ?? Math.Max(0, place.ByteCount - Progress.SeenByteCount),
            QueuedSteps = Runner?.QueuedSteps ?? 0,
            Error = Loading.Exception?.InnerException?.Message ?? (Loading.IsCanceled ? "The load was cancelled." : null),
        };
    }
}

using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

/// <summary>Waits for a model as its users do.</summary>
internal static class ModelWatch
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The first snapshot that fits.</summary>
    /// <exception cref="TimeoutException">None did within a minute; the message says which was the last.</exception>
    public static async Task<ModelSnapshot> UntilAsync(this IModelGrain grain, Func<ModelSnapshot, bool> fits, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        var snapshot = await grain.GetAsync(limit.Token);
        while (!fits(snapshot))
        {
            try
            {
                snapshot = await grain.WatchAsync(snapshot.Version, limit.Token).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{what} never came; the last was {snapshot.Phase}, epoch {snapshot.Deployment?.Epoch}, {snapshot.Error}");
            }
            catch (Exception moved) when (moved is Orleans.Runtime.OrleansException or TimeoutException or OperationCanceledException)
            {
                // The grain moves between silos: the next call finds it.
            }
        }

        return snapshot;
    }

    public static async Task<Deployment> UntilReadyAsync(this IModelGrain grain, long after = -1)
    {
        var snapshot = await grain.UntilAsync(now => now.Phase == ModelPhase.Failed || now is { Phase: ModelPhase.Ready, Deployment: { } ready } && ready.Epoch > after, $"a deployment after epoch {after}");
        Assert.True(snapshot.Phase == ModelPhase.Ready, snapshot.Error);
        return snapshot.Deployment!;
    }

    /// <summary>Returns when nobody is answered.</summary>
    public static async Task UntilIdleAsync(this IModelGrain grain)
    {
        using var limit = new CancellationTokenSource(Patience);
        while ((await grain.GetUseAsync(limit.Token)).IsInUse) Assert.False(limit.IsCancellationRequested, $"{grain.GetPrimaryKeyString()} never came to rest");
    }
}

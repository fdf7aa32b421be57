using Exo.Grains.Generation;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>
/// An answer read from its driver for as long as the driver's silo lives. Orleans itself, when a stream breaks, first asks the silo to close it: one
/// that is frozen or cut off leaves its reader waiting for that call's whole time-out, long after the membership has given it up.
/// </summary>
internal sealed class DriverStream : IAsyncDisposable
{
    private readonly IAsyncEnumerator<AnswerPart> _parts;
    private readonly CancellationTokenSource _left = new();
    private readonly Task _dead;
    private readonly string _node;
    private Task<bool>? _pending;

    /// <summary>Begins to read.</summary>
    /// <param name="parts">The driver's stream.</param>
    /// <param name="node">The driver's node, as errors name it.</param>
    /// <param name="silo">The silo that the node is at.</param>
    /// <param name="membership">Says when that silo is gone.</param>
    /// <param name="cancellationToken">Leaves the answer.</param>
    public DriverStream(IAsyncEnumerable<AnswerPart> parts, string node, SiloAddress silo, IClusterMembershipService membership, CancellationToken cancellationToken)
    {
        _node = node;
        _parts = parts.GetAsyncEnumerator(cancellationToken);
        _dead = membership.DeadAsync(silo, _left.Token);
    }

    /// <summary>The next part; null at the answer's end.</summary>
    /// <exception cref="ShardLostException">The driver's silo is gone.</exception>
    public async ValueTask<AnswerPart?> NextAsync()
    {
        var next = _parts.MoveNextAsync();
        if (next.IsCompletedSuccessfully) return next.Result ? _parts.Current : null;
        _pending = next.AsTask();
        if (await Task.WhenAny(_pending, _dead) != _pending) throw new ShardLostException($"Node '{_node}' has left the cluster.");
        var more = await _pending;
        return more ? _parts.Current : null;
    }

    /// <summary>Ends the reading; waits for the driver to have ended it too, unless that is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        var leaving = LeaveAsync();
        await Task.WhenAny(leaving, _dead);
        await _left.CancelAsync();
        _left.Dispose();
        if (leaving.IsCompleted) await leaving;
    }

    /// <summary>What fails here was the way to a driver whose answer nobody reads any more.</summary>
    private async Task LeaveAsync()
    {
        if (_pending is not null) await ((Task)_pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _parts.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

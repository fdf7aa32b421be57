using System.Collections.Immutable;
using Exo.Grains.Nodes;
using Orleans.Runtime;

namespace Exo.Grains.Models;

/// <summary>The nodes there are, and calls to them that wait out what passes and tell what doesn't.</summary>
internal sealed class NodeCalls(IClusterMembershipService membership, IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(5);

    /// <summary>Longer than it takes the membership to declare a silent silo dead.</summary>
    private static readonly TimeSpan VerdictPatience = TimeSpan.FromSeconds(30);

    /// <summary>One answer to what a node is: it looks at a few folders.</summary>
    private static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(2);

    /// <summary>A node that says nothing for so long is planned without, though the membership has nothing against it.</summary>
    private static readonly TimeSpan SilencePatience = TimeSpan.FromSeconds(8);

    /// <summary>A node that says it still measures its devices is waited for: it is there.</summary>
    private static readonly TimeSpan MeasuringPatience = TimeSpan.FromSeconds(30);

    /// <summary>One node's measurements; kept there, so that what came late is at hand for the next plan.</summary>
    private static readonly TimeSpan LinkPatience = TimeSpan.FromSeconds(10);

    /// <summary>How many nodes there are for each one that measures at a time.</summary>
    private const int NodesPerMeasurement = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc cref="Membership.ActiveNodes"/>
    public ImmutableArray<string> Active => membership.ActiveNodes();

    /// <inheritdoc cref="Membership.AwayNodes"/>
    public ImmutableArray<string> Away => membership.AwayNodes();

    /// <inheritdoc cref="Membership.SiloOf"/>
    public SiloAddress? SiloOf(string node) => membership.SiloOf(node);

    public INodeGrain Grain(string node) => grains.GetGrain<INodeGrain>(node);

    /// <summary>
    /// What all active nodes are and hold, to plan with, each by itself: what they share is still to be divided (<see cref="MachineRoom"/>). One that doesn't answer for a while, asked again and again, is left out: it is on its way out, or no
    /// use at present. That none does passes, for one of them asks: a cluster that has just begun on a busy machine is asked for longer.
    /// </summary>
    public async Task<ImmutableArray<NodeFacts>> FactsAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var facts = await Task.WhenAll(Active.Select(node => FactsOfAsync(node, cancellationToken)));
            if (facts.OfType<NodeFacts>().ToImmutableArray() is var known && (known.Length > 0 || time.GetElapsedTime(started) > VerdictPatience)) return known;
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>What the active nodes say of themselves at once, to show it. One that doesn't is left out.</summary>
    public async Task<ImmutableArray<NodeFacts>> GlanceAsync(CancellationToken cancellationToken)
    {
        var facts = await Task.WhenAll(Active.Select(node => AskAsync(node, null, cancellationToken)));
        return MachineRoom.Beside([.. facts.OfType<NodeFacts>()]);
    }

    /// <summary>The links between the nodes, each pair measured from one end and taken to be alike both ways.</summary>
    public async Task<ImmutableArray<(string From, LinkFacts Link)>> LinksAsync(ImmutableArray<string> nodes, CancellationToken cancellationToken)
    {
        var sorted = nodes.Sort(StringComparer.Ordinal);
        using var few = new SemaphoreSlim(Math.Max(1, sorted.Length / NodesPerMeasurement)); // Measured side by side they would share a wire.
        var asked = Enumerable.Range(0, Math.Max(0, sorted.Length - 1)).Select(async i =>
        {
            await few.WaitAsync(cancellationToken);
            try
            {
                var measured = await Grain(sorted[i]).MeasureLinksAsync(sorted[(i + 1)..], cancellationToken).WaitAsync(LinkPatience, time, cancellationToken);
                return measured.SelectMany(link => new[] { (sorted[i], link), (link.To, link with { To = sorted[i] }) });
            }
            catch (Exception failure) when (IsOnTheWay(failure, cancellationToken))
            {
                return []; // The planner has a figure for pairs that nobody measured.
            }
            finally
            {
                few.Release();
            }
        });
        return [.. (await Task.WhenAll(asked)).SelectMany(links => links)];
    }

    /// <summary>Calls a node, again where that failed on the way: every step there is idempotent.</summary>
    /// <exception cref="NodeLostException">The node has left the cluster, or doesn't answer.</exception>
    public async Task<T> CallAsync<T>(string node, Func<Task<T>> call, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (SiloOf(node) is null) throw new NodeLostException(node, $"Node '{node}' has left the cluster.");
            try
            {
                return await call().WaitAsync(patience ?? CallPatience, time, cancellationToken);
            }
            catch (Exception failure) when (IsOnTheWay(failure, cancellationToken))
            {
                if (time.GetElapsedTime(started) > VerdictPatience) throw new NodeLostException(node, $"Node '{node}' doesn't answer: {failure.Message}");
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    public async Task CallAsync(string node, Func<Task> call, CancellationToken cancellationToken, TimeSpan? patience = null) => await CallAsync(node, async () =>
    {
        await call();
        return true;
    }, cancellationToken, patience);

    /// <summary>Calls any grain once; what fails on the way gives <paramref name="otherwise"/>.</summary>
    public async Task<T> TryAsync<T>(Func<Task<T>> call, T otherwise, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        try
        {
            return await call().WaitAsync(patience ?? CallPatience, time, cancellationToken);
        }
        catch (Exception failure) when (IsOnTheWay(failure, cancellationToken))
        {
            return otherwise;
        }
    }

    /// <summary>The failure is of the way to a grain, not of what it did.</summary>
    public static bool IsOnTheWay(Exception failure, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && failure is OrleansException or TimeoutException or OperationCanceledException or IOException;

    /// <summary>A call may be lost on its way to a node that has just begun, and such a node may still measure itself: nothing but leaving the cluster says that it is of no use.</summary>
    private async Task<NodeFacts?> FactsOfAsync(string node, CancellationToken cancellationToken)
    {
        NodeFacts? known = null;
        var started = time.GetTimestamp();
        while (SiloOf(node) is not null)
        {
            known = await AskAsync(node, known, cancellationToken);
            if (known is { IsMeasuring: false } || time.GetElapsedTime(started) > (known is null ? SilencePatience : MeasuringPatience)) return known;
            await Task.Delay(Pause, time, cancellationToken);
        }

        return null;
    }

    private Task<NodeFacts?> AskAsync(string node, NodeFacts? otherwise, CancellationToken cancellationToken) =>
        TryAsync<NodeFacts?>(async () => await Grain(node).GetFactsAsync(cancellationToken), otherwise, cancellationToken, AskPatience);
}

/// <summary>A node that has a part in a deployment is gone.</summary>
internal sealed class NodeLostException(string node, string message) : Exception(message)
{
    public string Node { get; } = node;
}

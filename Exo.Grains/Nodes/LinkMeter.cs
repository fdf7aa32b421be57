using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Exo.Grains.Wire;
using Orleans.Runtime;

namespace Exo.Grains.Nodes;

/// <summary>Measures the links from this node to others by echoes between their grains, which is the way that steps take. What is measured is kept for a while.</summary>
internal sealed class LinkMeter(TimeProvider time)
{
    private const int SmallByteCount = 64;
    private const int LargeByteCount = 1 << 20;
    private const int SmallEchoes = 15;
    private const int LargeEchoes = 4;

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (LinkFacts Facts, long At)> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>What was measured last, by node.</summary>
    public ImmutableArray<LinkFacts> Known => [.. _known.Values.Where(known => time.GetElapsedTime(known.At) <= Kept).Select(known => known.Facts).OrderBy(link => link.To, StringComparer.Ordinal)];

    /// <summary>The links to these nodes, one after the other; a node that doesn't answer is left out.</summary>
    public async Task<ImmutableArray<LinkFacts>> MeasureAsync(IGrainFactory grains, ImmutableArray<string> nodes, CancellationToken cancellationToken)
    {
        var links = ImmutableArray.CreateBuilder<LinkFacts>();
        await _turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var node in nodes)
            {
                if (!_known.TryGetValue(node, out var known) || time.GetElapsedTime(known.At) > Kept)
                {
                    if (await MeasureAsync(grains.GetGrain<INodeGrain>(node), node, cancellationToken) is not { } facts) continue;
                    _known[node] = known = (facts, time.GetTimestamp());
                }

                links.Add(known.Facts);
            }
        }
        finally
        {
            _turn.Release();
        }

        return links.ToImmutable();
    }

    private static async Task<LinkFacts?> MeasureAsync(INodeGrain other, string node, CancellationToken cancellationToken)
    {
        try
        {
            await EchoAsync(other, SmallByteCount, cancellationToken); // The first one opens the connection and the activation.
            var small = new List<TimeSpan>();
            for (var i = 0; i < SmallEchoes; i++) small.Add(await EchoAsync(other, SmallByteCount, cancellationToken));
            var large = TimeSpan.MaxValue;
            for (var i = 0; i < LargeEchoes; i++) large = TimeSpan.FromTicks(Math.Min(large.Ticks, (await EchoAsync(other, LargeByteCount, cancellationToken)).Ticks));
            return Facts(node, small, large);
        }
        catch (Exception unreachable) when (unreachable is OrleansException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>An echo goes both ways; what a large one takes beyond a small one is its bytes' time.</summary>
    internal static LinkFacts Facts(string node, List<TimeSpan> small, TimeSpan large)
    {
        small.Sort();
        var roundTrip = small[small.Count / 2];
        var bytesTime = Math.Max((large - roundTrip).TotalSeconds, 1e-6);
        return new LinkFacts(node, roundTrip / 2, 2.0 * LargeByteCount / bytesTime);
    }

    private static async Task<TimeSpan> EchoAsync(INodeGrain other, int byteCount, CancellationToken cancellationToken)
    {
        var frame = new Frame(GC.AllocateUninitializedArray<byte>(byteCount));
        var start = Stopwatch.GetTimestamp();
        await other.EchoAsync(frame).AsTask().WaitAsync(Patience, cancellationToken);
        return Stopwatch.GetElapsedTime(start);
    }
}

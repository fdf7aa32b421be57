using Exo.Api;
using Exo.Grains.Models;

namespace Exo.Grains.Cluster;

/// <summary>A model's snapshot as the service contract tells it.</summary>
internal static class ModelReports
{
    /// <summary>The pull that a snapshot is part of, all nodes together. Bytes never go backwards while one pull runs.</summary>
    public static PullProgress PullOf(ModelSnapshot snapshot)
    {
        var wanted = snapshot.Nodes.Sum(node => node.BytesWanted);
        var done = snapshot.Nodes.Sum(node => node.BytesDone);
        var speed = snapshot.Nodes.Sum(node => node.BytesPerSecond);
        var unfinished = snapshot.Nodes.Where(node => StateOf(node) != FileState.Done).ToList();
        var isPaused = unfinished.Count > 0 && unfinished.TrueForAll(node => node.IsPaused);
        var fetches = snapshot.Phase is ModelPhase.Fetching && !isPaused;
        return new PullProgress
        {
            Model = snapshot.Model,
            Phase = snapshot.Phase switch
            {
                ModelPhase.Planning => PullPhase.Waiting,
                ModelPhase.Fetching => isPaused ? PullPhase.Paused : PullPhase.Fetching,
                _ when IsPulled(snapshot) => PullPhase.Done,
                _ => PullPhase.Waiting,
            },
            DoneByteCount = done,
            ByteCount = wanted,
            CachedByteCount = snapshot.Nodes.Sum(node => node.BytesFromCache),
            PeerByteCount = snapshot.Nodes.Sum(node => node.BytesFromPeers),
            BytesPerSecond = fetches ? speed : 0,
            SecondsLeft = fetches && speed > 0 ? (wanted - done) / speed : null,
            Files = [.. snapshot.Nodes.Select(node => new FileProgress($"{node.Node}: layers {node.FirstLayer} to {node.EndLayer - 1}", StateOf(node), node.BytesDone, node.BytesWanted))],
            Notice = snapshot.Nodes.Select(node => node.Trouble is { } trouble ? $"{node.Node}: {trouble}" : null).FirstOrDefault(trouble => trouble is not null) ?? snapshot.Notice,
        };
    }

    /// <summary>Every byte is where it is wanted: they are being loaded, or answer, or rest after a pull that came to its end.</summary>
    public static bool IsPulled(ModelSnapshot snapshot) =>
        snapshot.Phase is ModelPhase.Loading or ModelPhase.Ready || snapshot is { Phase: ModelPhase.Idle, End.Outcome: WorkOutcome.Done };

    /// <summary>How far a deployment is: fetching is nine tenths of the way where there is something to fetch.</summary>
    public static double FractionOf(ModelSnapshot snapshot)
    {
        if (snapshot.Phase == ModelPhase.Ready) return 1;
        if (snapshot.Nodes.IsDefaultOrEmpty) return 0;
        var fetched = snapshot.Phase == ModelPhase.Loading ? 1 : FetchedFractionOf(snapshot);
        return Math.Min(0.999, 0.9 * fetched + 0.1 * snapshot.Nodes.Average(node => node.LoadedFraction));
    }

    /// <summary>By layers: bytes are unknown of a node that has not counted them yet, and nothing of its part is done.</summary>
    private static double FetchedFractionOf(ModelSnapshot snapshot)
    {
        var layers = snapshot.Nodes.Sum(node => node.EndLayer - node.FirstLayer);
        return snapshot.Nodes.Sum(node => node.BytesWanted == 0 ? 0 : (double)node.BytesDone / node.BytesWanted * (node.EndLayer - node.FirstLayer)) / layers;
    }

    /// <summary>Before a node has counted what it wants, nothing of it is done.</summary>
    private static FileState StateOf(NodeWork node) =>
        node.BytesDone >= node.BytesWanted && (node.BytesWanted > 0 || !node.IsPaused) ? FileState.Done : node.IsPaused ? FileState.Paused : FileState.Running;
}

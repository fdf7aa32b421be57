using Exo.Hub.Pulls;

namespace Exo.Hub.Slices;

/// <summary>A slice's counters at one moment, all in bytes of the plan: tensors, headers, gaps and small files.</summary>
public sealed record SliceProgress
{
    /// <summary>What it is doing.</summary>
    public required PullPhase Phase { get; init; }

    /// <summary>Bytes wanted in all.</summary>
    public required long BytesWanted { get; init; }

    /// <summary>Bytes here. Never goes backwards.</summary>
    public required long BytesDone { get; init; }

    /// <summary>Of those, what was here before.</summary>
    public required long BytesResumed { get; init; }

    /// <summary>Bytes received from peers, repeated ones included.</summary>
    public required long BytesFromPeers { get; init; }

    /// <summary>Bytes received from anywhere, repeated ones included.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Smoothed over some seconds.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>Connections at work.</summary>
    public required int Connections { get; init; }

    /// <summary>The trouble being waited out; null when all is well.</summary>
    public string? Trouble { get; init; }
}

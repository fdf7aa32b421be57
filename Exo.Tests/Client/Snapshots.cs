using Exo.Api;

namespace Exo.Tests.Client;

/// <summary>Snapshots of a pull of two files, 1000 MiB in all.</summary>
internal static class Snapshots
{
    private const long Unit = 10L << 20;

    public static PullProgress At(int percent, PullPhase? phase = null) => new()
    {
        Model = "org/name",
        Phase = phase ?? (percent == 100 ? PullPhase.Done : PullPhase.Fetching),
        DoneByteCount = percent * Unit,
        ByteCount = 100 * Unit,
        CachedByteCount = 10 * Unit,
        BytesPerSecond = 50 << 20,
        SecondsLeft = (100 - percent) * 0.2,
        Files =
        [
            new("onnx/model-00001-of-00002.safetensors", percent < 50 ? FileState.Running : FileState.Done, Math.Min(percent, 50) * Unit, 50 * Unit),
            new("model-00002-of-00002.safetensors", percent < 100 ? FileState.Running : FileState.Done, Math.Max(0, percent - 50) * Unit, 50 * Unit),
        ],
    };
}

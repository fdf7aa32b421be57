using Exo.Engine;

namespace Exo.Api.Local;

/// <summary>How long models stay in memory, and how many.</summary>
public sealed record ResidencyOptions
{
    /// <summary>How long a model stays once nobody asks it; negative: for good, which is the default.</summary>
    public TimeSpan KeepAlive { get; init; } = Local.KeepAlive.Forever;

    /// <summary>How the weights of safetensors models are quantized as they are loaded, where a request doesn't say; null: they run as they are stored.</summary>
    public WeightQuantization? Quantization { get; init; }

    /// <summary>Bytes that the weights, keys and values of all models together may take; null: no limit but the machine's.</summary>
    public long? MemoryByteCount { get; init; }

    /// <summary>As a server keeps them: under a limit, nine tenths of the machine's memory where none is given.</summary>
    public static ResidencyOptions OfServer(TimeSpan keepAlive, long? memoryByteCount) =>
        new() { KeepAlive = keepAlive, MemoryByteCount = memoryByteCount ?? (long)(FreeMemory.TotalByteCount() * 0.9) };
}

using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>Asks how fast a model runs on this machine. What is empty takes the usual sizes.</summary>
public sealed record BenchmarkRequest
{
    public required string Model { get; init; }

    /// <summary>Prompt lengths, in tokens; empty: 128, 512 and 2048.</summary>
    public IReadOnlyList<int> Prompts { get; init => field = value ?? []; } = [];

    /// <summary>Tokens in the cache when decoding begins; empty: 0, 512 and 4096.</summary>
    public IReadOnlyList<int> Contexts { get; init => field = value ?? []; } = [];

    /// <summary>Sequences that decode side by side; empty: 1, 4 and 8.</summary>
    public IReadOnlyList<int> Batches { get; init => field = value ?? []; } = [];

    /// <summary>Repetitions of a row, of which the median counts, as far as a row's time goes; null: 5.</summary>
    public int? Repetitions { get; init; }

    /// <summary>Compute threads; null: all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>Weights are quantized as they are loaded; null: they run as they are stored.</summary>
    public WeightQuantization? Quantization { get; init; }
}

/// <summary>Where a measurement stands.</summary>
/// <param name="DoneCount">Rows measured.</param>
/// <param name="RowCount">Rows in all.</param>
/// <param name="Row">The row that was measured just now.</param>
/// <param name="Report">Set at the end.</param>
public sealed record BenchmarkProgress(int DoneCount, int RowCount, BenchmarkRecord? Row, BenchmarkReport? Report);

/// <summary>One measured row: medians beside the machine's limits of the same seconds.</summary>
public sealed record BenchmarkRecord
{
    public required BenchmarkKind Kind { get; init; }

    /// <summary>Prompt tokens of a prefill, else 0.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens in the cache when the decoding begins, else 0.</summary>
    public required int Context { get; init; }

    /// <summary>Sequences side by side.</summary>
    public required int Batch { get; init; }

    /// <summary>All sequences together.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Bytes that had to be read over what the cores can read in that time.</summary>
    public required double ShareOfBandwidth { get; init; }

    /// <summary>Operations done over what the cores can do in F32 in that time.</summary>
    public required double ShareOfPeak { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnum<BenchmarkKind>))]
public enum BenchmarkKind
{
    /// <summary>A prompt is taken in.</summary>
    Prefill,

    /// <summary>Tokens are written, one after the other.</summary>
    Decode,
}

/// <summary>A row that was not measured.</summary>
public sealed record LeftOutBenchmark(BenchmarkKind Kind, int Prompt, int Context, int Batch, string Reason);

/// <summary>A model's figures on a machine.</summary>
public sealed record BenchmarkReport
{
    /// <summary>As it was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>The processor's name.</summary>
    public required string Cpu { get; init; }

    /// <summary>Compute threads.</summary>
    public required int Threads { get; init; }

    /// <summary>How most of the weights are stored.</summary>
    [JsonPropertyName("dtype")]
    public required string DType { get; init; }

    /// <summary>Bytes of weights one token reads: the experts it picks, a tied head once.</summary>
    public required double BytesPerToken { get; init; }

    /// <summary>Read bandwidth of these threads, measured beside the rows: bytes a second.</summary>
    public required double BandwidthBytesPerSecond { get; init; }

    /// <summary>F32 arithmetic of these threads, measured beside the rows: operations a second, a product and a sum counted as two.</summary>
    public required double PeakOperationsPerSecond { get; init; }

    public required IReadOnlyList<BenchmarkRecord> Results { get; init; }

    public required IReadOnlyList<LeftOutBenchmark> LeftOut { get; init; }
}

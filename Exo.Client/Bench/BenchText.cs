using System.Globalization;
using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Bench;

/// <summary>A report as a table.</summary>
internal static class BenchText
{
    private static readonly TextColumn[] Columns =
        [new("what"), new("prompt", Right: true), new("context", Right: true), new("batch", Right: true), new("tokens/s", Right: true), new("of bandwidth", Right: true, Rank: 1), new("of peak", Right: true, Rank: 1)];

    public static void Write(IConsole console, BenchmarkReport report)
    {
        var writer = console.Out;
        writer.WriteLine(Invariant($"{report.Model}: {report.DType}, {Quantity.Bytes(report.BytesPerToken)} read a token, {report.Threads} {(report.Threads == 1 ? "thread" : "threads")} of {report.Cpu}"));
        writer.WriteLine(Invariant($"this machine: {report.BandwidthBytesPerSecond / 1e9:0.0} GB/s read, {report.PeakOperationsPerSecond / 1e9:0} GFLOP/s in F32"));
        writer.WriteLine();
        TextTable.Write(console, Columns, [.. report.Results.Select(Row)]);
        foreach (var reason in report.LeftOut.GroupBy(row => row.Reason))
            console.Tell($"left out ({reason.Key}): {string.Join(", ", reason.Select(Name))}");
    }

    private static string[] Row(BenchmarkRecord record) =>
    [
        record.Kind.ToString().ToLowerInvariant(), Count(record.Kind, BenchmarkKind.Prefill, record.Prompt), Count(record.Kind, BenchmarkKind.Decode, record.Context), Invariant($"{record.Batch}"),
        Invariant($"{record.TokensPerSecond:0.0}"), Share(record.ShareOfBandwidth), Share(record.ShareOfPeak),
    ];

    private static string Count(BenchmarkKind kind, BenchmarkKind meant, int count) => kind == meant ? Quantity.Grouped(count) : "";

    private static string Share(double share) => Invariant($"{share * 100:0} %");

    private static string Name(LeftOutBenchmark row) => row.Kind == BenchmarkKind.Prefill
        ? $"prefill of {Quantity.Grouped(row.Prompt)}"
        : $"decode at {Quantity.Grouped(row.Context)}{(row.Batch > 1 ? Invariant($" × {row.Batch}") : "")}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

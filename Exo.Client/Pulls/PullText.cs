using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>A pull's figures in words.</summary>
internal static class PullText
{
    /// <summary>" 42 %  3.9/9.3 GiB, 105 MiB/s, 0:52 left"</summary>
    public static string Total(PullProgress progress) => $"{Percent(progress.DoneByteCount, progress.ByteCount)}  {(progress.ByteCount == 0 ? "all here" : Motion(progress))}";

    /// <summary>"3.9/9.3 GiB, 105 MiB/s, 0:52 left"</summary>
    public static string Motion(PullProgress progress) =>
        string.Join(", ", new[] { Amount(progress.DoneByteCount, progress.ByteCount), Speed(progress), Left(progress) }.Where(part => part.Length > 0));

    /// <summary>How much there is to fetch is not known yet: a cluster's nodes are still counting.</summary>
    public static bool IsUncounted(PullProgress progress) => progress is { ByteCount: 0, Phase: not PullPhase.Done };

    public static string Percent(long done, long all) => $"{(all == 0 ? 100 : done * 100 / all),3} %";

    /// <summary>"3.9/9.3 GiB": both in the unit of the whole.</summary>
    public static string Amount(long done, long all)
    {
        var whole = Quantity.Bytes(all);
        var unit = whole[(whole.IndexOf(' ') + 1)..];
        var scale = unit switch { "KiB" => 1L << 10, "MiB" => 1L << 20, "GiB" => 1L << 30, "TiB" => 1L << 40, _ => 1L };
        var share = (double)done / scale;
        var digits = scale == 1 || share >= 100 ? "0" : "0.0";
        return $"{share.ToString(digits, System.Globalization.CultureInfo.InvariantCulture)}/{whole}";
    }

    public static string Speed(PullProgress progress) => progress.Phase switch
    {
        PullPhase.Waiting => progress.DoneByteCount < progress.ByteCount ? "waiting" : "",
        PullPhase.Paused => "paused",
        PullPhase.Finishing => "finishing",
        PullPhase.Done => "",
        _ => progress.BytesPerSecond > 0 ? $"{Quantity.Bytes(progress.BytesPerSecond)}/s" : "",
    };

    public static string Left(PullProgress progress) =>
        progress is { Phase: PullPhase.Fetching, SecondsLeft: { } seconds } ? $"{Quantity.TimeLeft(seconds)} left" : "";
}

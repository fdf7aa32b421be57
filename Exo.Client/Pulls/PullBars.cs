using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>One bar for each running file and one for the whole.</summary>
internal sealed class PullBars(IConsole console, LiveArea area, bool hasKeys) : IPullView
{
    private const int MostFiles = 8;
    private const int PercentWidth = 5;

    public void Show(PullProgress progress) => area.Show(Lines(progress, console.Width - 1, hasKeys));

    public void Clear() => area.Clear();

    public void Dispose() => area.Dispose();

    /// <summary>
    /// The rows, each at most <paramref name="width"/> columns: names, bars and percentages stand under each other, sizes beside them where
    /// there is room; the last rows tell the whole's speed and what is being waited for.
    /// </summary>
    internal static IReadOnlyList<string> Lines(PullProgress progress, int width, bool hasKeys = false)
    {
        IEnumerable<string> notice = progress.Notice is { } waitedFor ? Notice.Rows(waitedFor, width) : [];
        if (PullText.IsUncounted(progress)) return [(progress.Phase == PullPhase.Paused ? "paused" : "waiting") + (hasKeys ? Hint(progress.Phase) : ""), .. notice];
        var running = progress.Files.Where(file => file.State is FileState.Running or FileState.Paused or FileState.Finishing).ToArray();
        var shown = running.Take(MostFiles).ToArray();
        var nameWidth = Math.Clamp(shown.Select(file => TextWidth.Of(NameOf(file.Path))).Append(5).Max(), 5, Math.Max(8, width / 3));
        var amountWidth = 2 + shown.Select(file => file.ByteCount).Append(progress.ByteCount).Max(count => PullText.Amount(count, count).Length);
        var barWidth = width - nameWidth - 2 - PercentWidth;
        var hasAmounts = barWidth - amountWidth >= 12;
        barWidth = Math.Clamp(hasAmounts ? barWidth - amountWidth : barWidth, 4, 40);

        var lines = shown.Select(file => Row(NameOf(file.Path), file.DoneByteCount, file.ByteCount)).ToList();
        if (running.Length > MostFiles) lines.Add($"… {running.Length - MostFiles} more");
        lines.Add(Row("total", progress.DoneByteCount, progress.ByteCount));
        lines.Add(PullText.Motion(progress) + (hasKeys ? Hint(progress.Phase) : ""));
        lines.AddRange(notice);
        return lines;

        string Hint(PullPhase phase) => phase switch { PullPhase.Paused => " (p goes on)", PullPhase.Waiting or PullPhase.Fetching => " (p pauses)", _ => "" };

        string Row(string name, long done, long all)
        {
            var clipped = TextWidth.Clip(name, nameWidth);
            var head = clipped + new string(' ', nameWidth - TextWidth.Of(clipped));
            var amount = hasAmounts ? "  " + PullText.Amount(done, all) : "";
            return $"{head} {Bar.Of(all == 0 ? 1 : (double)done / all, barWidth)} {PullText.Percent(done, all)}{amount}";
        }
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}

using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>One bar for each running file and one for the whole.</summary>
internal sealed class PullBars(IConsole console, LiveArea area) : IPullView
{
    private const int MostFiles = 8;

    public void Show(PullProgress progress) => area.Show(Lines(progress, console.Width - 1));

    public void Clear() => area.Clear();

    public void Dispose() => area.Dispose();

    /// <summary>The rows, each at most <paramref name="width"/> columns: names, bars and percentages stand under each other.</summary>
    internal static IReadOnlyList<string> Lines(PullProgress progress, int width)
    {
        var running = progress.Files.Where(file => file.State is FileState.Running or FileState.Finishing).ToArray();
        var shown = running.Take(MostFiles).ToArray();
        var nameWidth = Math.Clamp(shown.Select(file => TextWidth.Of(NameOf(file.Path))).Append(5).Max(), 5, Math.Max(8, width / 3));

        var lines = shown.Select(file => Row(NameOf(file.Path), file.DoneByteCount, file.ByteCount, "")).ToList();
        if (running.Length > MostFiles) lines.Add($"… {running.Length - MostFiles} more");
        lines.Add(Row("total", progress.DoneByteCount, progress.ByteCount, $"  {PullText.Speed(progress)}  {PullText.Left(progress)}".TrimEnd()));
        if (progress.Notice is { } notice) lines.Add(notice);
        return lines;

        string Row(string name, long done, long all, string tail)
        {
            var head = Pad(TextWidth.Clip(name, nameWidth), nameWidth);
            var percent = PullText.Percent(done, all);
            var amount = "  " + PullText.Amount(done, all);
            // The bars of all rows are alike, as long as the longest row leaves room for; what does not fit is left out from the end.
            var barWidth = Math.Clamp(width - nameWidth - 2 - percent.Length - 46, 6, 40);
            return Fitting($"{head} {Bar.Of(all == 0 ? 1 : (double)done / all, barWidth)} {percent}", [amount, tail]);
        }

        string Fitting(string row, string[] extras)
        {
            foreach (var extra in extras)
                if (TextWidth.Of(row) + TextWidth.Of(extra) <= width) row += extra;
            return row;
        }
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Pad(string text, int width) => text + new string(' ', Math.Max(0, width - TextWidth.Of(text)));
}

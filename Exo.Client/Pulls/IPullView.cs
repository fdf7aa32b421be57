using System.Text.Json;
using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>Shows a pull's snapshots.</summary>
internal interface IPullView : IDisposable
{
    void Show(PullProgress progress);

    /// <summary>Takes away what moves.</summary>
    void Clear();
}

/// <summary>Each snapshot as a line of JSON.</summary>
internal sealed class PullJsonLines(TextWriter writer) : IPullView
{
    public void Show(PullProgress progress)
    {
        writer.WriteLine(JsonSerializer.Serialize(progress, ExoJson.Line.PullProgress));
        writer.Flush();
    }

    public void Clear()
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Lines for a log: one a tenth of the way, at the least one every half minute while something moves.</summary>
internal sealed class PullLines(TextWriter writer, TimeProvider time) : IPullView
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);
    private int _tenth = -1;
    private long _lastLine;
    private string? _notice;

    public void Show(PullProgress progress)
    {
        if (progress.Notice is { } notice && notice != _notice) writer.WriteLine($"  {Printable.Line(notice)}");
        _notice = progress.Notice;

        if (PullText.IsUncounted(progress)) return;
        var tenth = progress.ByteCount == 0 ? 10 : (int)(progress.DoneByteCount * 10 / progress.ByteCount);
        if (tenth == _tenth && time.GetElapsedTime(_lastLine) < LongestSilence) return;
        (_tenth, _lastLine) = (tenth, time.GetTimestamp());
        writer.WriteLine(PullText.Total(progress));
    }

    public void Clear()
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Bars while the terminal is this process's, lines while it runs as a background job beside others' rows.</summary>
internal sealed class PullScreen(IConsole console, PullBars bars, PullLines lines) : IPullView
{
    public void Show(PullProgress progress) => (console.IsInBackground ? (IPullView)lines : bars).Show(progress);

    public void Clear() => bars.Clear();

    public void Dispose() => bars.Dispose();
}

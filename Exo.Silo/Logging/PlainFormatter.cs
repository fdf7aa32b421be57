using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Exo.Silo.Logging;

/// <summary>A line for people: the time, what happened; for what isn't ours also who says so.</summary>
/// <param name="withTraces">Shows where an exception came from, not only what it says.</param>
internal sealed class PlainFormatter(TimeProvider time, bool withTraces) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "exo";

    /// <summary>The host's word that a start failed. Whoever started it tells why, and once.</summary>
    private const string StartFailed = "HostedServiceStartupFaulted";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter writer)
    {
        if (entry.EventId.Name == StartFailed && !withTraces) return;
        var text = entry.Formatter(entry.State, entry.Exception);
        writer.Write(time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture));
        if (entry.LogLevel >= LogLevel.Warning) writer.Write(entry.LogLevel == LogLevel.Warning ? "warning: " : "error: ");
        if (!entry.Category.StartsWith("Exo.", StringComparison.Ordinal)) writer.Write($"{entry.Category}: ");
        writer.Write(text.ReplaceLineEndings(" "));
        if (entry.Exception is { } told && !withTraces) writer.Write($" ({told.Message.ReplaceLineEndings(" ")})");
        writer.WriteLine();
        if (entry.Exception is { } exception && withTraces) writer.WriteLine(exception);
    }
}

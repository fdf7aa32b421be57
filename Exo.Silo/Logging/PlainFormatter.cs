using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Exo.Silo.Logging;

/// <summary>A line for people: the time, what happened; for what isn't ours also who says so.</summary>
internal sealed class PlainFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "exo";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter writer)
    {
        var text = entry.Formatter(entry.State, entry.Exception);
        writer.Write(time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture));
        if (entry.LogLevel >= LogLevel.Warning) writer.Write(entry.LogLevel == LogLevel.Warning ? "warning: " : "error: ");
        if (!entry.Category.StartsWith("Exo.", StringComparison.Ordinal)) writer.Write($"{entry.Category}: ");
        writer.WriteLine(text.ReplaceLineEndings(" "));
        if (entry.Exception is { } exception) writer.WriteLine(exception);
    }
}

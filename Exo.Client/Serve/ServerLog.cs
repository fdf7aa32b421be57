using Exo.Client.Terminal;
using Microsoft.Extensions.Logging;

namespace Exo.Client.Serve;

/// <summary>What the server's inside has to tell, on the error stream: failures and warnings.</summary>
internal sealed class ServerLog(IConsole console) : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();

    /// <summary>From then on it speaks: why a server could not start is told by whoever started it.</summary>
    public bool HasStarted { get; set; }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => HasStarted && logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        lock (_lock)
        {
            console.Error.WriteLine($"exo: {Printable.Lines(formatter(state, exception))}");
            if (exception is not null) console.Error.WriteLine(Printable.Lines(exception.ToString()));
        }
    }

    public void Dispose()
    {
    }
}

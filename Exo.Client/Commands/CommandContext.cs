using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Commands;

/// <summary>What every command works with.</summary>
internal sealed class CommandContext(IConsole console, Func<IExoService> openService, StopScope stop, TimeProvider time) : IAsyncDisposable
{
    private readonly Lazy<IExoService> _service = new(openService);

    public IConsole Console { get; } = console;

    /// <summary>Opened when first asked for: `exo --help` needs none.</summary>
    public IExoService Service => _service.Value;

    /// <summary>Ctrl-C for the command as a whole.</summary>
    public StopScope Stop { get; } = stop;

    public TimeProvider Time { get; } = time;

    public ValueTask DisposeAsync() => _service.IsValueCreated ? _service.Value.DisposeAsync() : ValueTask.CompletedTask;
}

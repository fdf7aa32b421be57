using Exo.Api;
using Exo.Api.Local;
using Exo.Api.Remote;
using Exo.Client.Terminal;
using Exo.Hub;

namespace Exo.Client.Commands;

/// <summary>What every command works with.</summary>
internal sealed class CommandContext(IConsole console, Func<ServicePlace, IExoService> openService, StopScope stop, TimeProvider time, Func<string, string?> environment) : IAsyncDisposable
{
    private IExoService? _service;
    private string? _host;

    public IConsole Console { get; } = console;

    /// <summary>Ctrl-C for the command as a whole.</summary>
    public StopScope Stop { get; } = stop;

    public TimeProvider Time { get; } = time;

    /// <summary>This process, or the server that --host or EXO_HOST names. Opened when first asked for: `exo --help` needs none.</summary>
    public IExoService Service => _service ??= openService(new ServicePlace(Server));

    /// <summary>An environment variable; null where it is not set or empty.</summary>
    public string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;

    /// <summary>--host on the command line; it outranks the environment.</summary>
    public void UseHost(string? host) => _host = host;

    /// <summary>This process, whatever the environment says: for what can only be done here.</summary>
    /// <exception cref="ExoException">--host was given.</exception>
    public IExoService OpenHere(string command, ResidencyOptions residency, HubOptions? hub = null) => _host is null
        ? _service ??= openService(new ServicePlace(null, residency, hub))
        : throw new ExoException(ExoErrorKind.BadRequest, $"{command} works on this machine: --host has no place");

    /// <summary>A server, that of this machine where none is named: for what makes no sense in a process that begins now.</summary>
    public IExoService OpenServer() => openService(new ServicePlace(Server ?? ServerAddress.Parse(ServerAddress.Default, Variable("EXO_API_KEY"))));

    public ValueTask DisposeAsync() => _service?.DisposeAsync() ?? ValueTask.CompletedTask;

    private ServerAddress? Server => (_host ?? Variable("EXO_HOST")) is { } host ? ServerAddress.Parse(host, Variable("EXO_API_KEY")) : null;
}

/// <summary>Where a service is.</summary>
/// <param name="Server">The server; null: this process.</param>
/// <param name="Residency">How this process keeps models; null: for good.</param>
/// <param name="Hub">Where this process pulls from and how; null: as the environment says.</param>
internal sealed record ServicePlace(ServerAddress? Server, ResidencyOptions? Residency = null, HubOptions? Hub = null);

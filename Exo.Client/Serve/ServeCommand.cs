using System.CommandLine;
using Exo.Api;
using Exo.Api.Http;
using Exo.Client.Commands;
using Exo.Hub;

namespace Exo.Client.Serve;

/// <summary>`exo serve`: what this machine has, for others, until Ctrl-C.</summary>
internal static class ServeCommand
{
    /// <summary>How long running answers may take to end once Ctrl-C was pressed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static Command Build(CommandContext context)
    {
        var listen = new Option<string>("--listen")
        {
            Description = $"Where to listen; default 127.0.0.1:{ServerOptions.DefaultPort}, which only this machine reaches",
            HelpName = "ADDRESS:PORT",
            DefaultValueFactory = _ => $"127.0.0.1:{ServerOptions.DefaultPort}",
        };
        var apiKey = new Option<string?>("--api-key") { Description = "What callers must send as bearer token; default: EXO_API_KEY. Needed beyond 127.0.0.1", HelpName = "KEY" };
        var mirror = new Option<bool>("--mirror") { Description = "Serve the pulled models over the Hugging Face Hub's protocol: set HF_ENDPOINT on the other machines" };
        var command = new Command("serve", "Serve this machine's models to others.") { listen, apiKey, mirror };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ServerOptions
            {
                Listen = ServerOptions.ParseListen(parsed.GetValue(listen)!),
                ApiKey = NullIfEmpty(parsed.GetValue(apiKey) ?? Environment.GetEnvironmentVariable("EXO_API_KEY")),
                Mirror = parsed.GetValue(mirror),
            };
            if (!options.Mirror) throw new ExoException(ExoErrorKind.BadRequest, "exo serve offers the mirror alone so far: say --mirror");
            return ServeAsync(options, context, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ServeAsync(ServerOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        await using var app = ExoServer.Build(options, HubOptions.FromEnvironment());
        var address = await ExoServer.StartAsync(app, options, cancellationToken);
        context.Console.Error.WriteLine($"exo: mirror of the pulled models on {address} (on other machines: HF_ENDPOINT={Reachable(address)}). Ctrl-C ends it.");
        await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var grace = new CancellationTokenSource(Grace, context.Time);
        await app.StopAsync(grace.Token);
        return ExitCode.Success;
    }

    /// <summary>An address that listens everywhere is reached by this machine's name.</summary>
    private static string Reachable(Uri address) =>
        address.Host is "0.0.0.0" or "[::]" ? $"http://{Environment.MachineName}:{address.Port}" : $"http://{address.Host}:{address.Port}";

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

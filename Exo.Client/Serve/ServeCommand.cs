using System.CommandLine;
using Exo.Api;
using Exo.Api.Http;
using Exo.Api.Local;
using Exo.Client.Commands;
using Exo.Client.Run;
using Exo.Client.Terminal;
using Exo.Hub;

namespace Exo.Client.Serve;

/// <summary>`exo serve`: this machine's models for others, until Ctrl-C.</summary>
internal static class ServeCommand
{
    /// <summary>How long running answers may take to end once Ctrl-C was pressed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    public static Command Build(CommandContext context)
    {
        var listen = new Option<string?>("--listen") { Description = $"Where to listen; default 127.0.0.1:{ServerOptions.DefaultPort}, which only this machine reaches", HelpName = "ADDRESS[:PORT]" };
        var port = ServeParameters.Port.AsOption();
        var apiKey = new Option<string?>("--api-key") { Description = "What callers must send as bearer token; default: EXO_API_KEY. Needed beyond 127.0.0.1", HelpName = "KEY" };
        var cors = new Option<string[]>("--cors-origin") { Description = "Let web pages of this origin ask; may be given several times. None may otherwise", HelpName = "URL" };
        var keepAlive = ServeParameters.KeepAliveOption();
        var memory = ServeParameters.MemoryLimitOption();
        var quantization = Parameters.Quantization();
        var mirror = new Option<bool>("--mirror") { Description = "Serve the pulled models' files too, over the Hugging Face Hub's protocol: set HF_ENDPOINT on the other machines" };
        var command = new Command("serve", "Serve this machine's models over HTTP: OpenAI's API, and consoles with --host.") { listen, port, apiKey, keepAlive, memory, quantization, cors, mirror };
        command.SetAction((parsed, cancellationToken) => ServeAsync(
            new ServerOptions
            {
                Listen = ServeParameters.Address(parsed.GetValue(listen), parsed.GetValue(port)),
                ApiKey = NullIfEmpty(parsed.GetValue(apiKey) ?? context.Variable("EXO_API_KEY")),
                CorsOrigins = parsed.GetValue(cors) ?? [],
                Mirror = parsed.GetValue(mirror),
            },
            ResidencyOptions.OfServer(parsed.GetValue(keepAlive) ?? KeepAlive.Default, parsed.GetValue(memory)) with { Quantization = parsed.GetValue(quantization) },
            context,
            cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(ServerOptions options, ResidencyOptions residency, CommandContext context, CancellationToken cancellationToken)
    {
        var hub = HubOptions.FromEnvironment() with { Headroom = HubOptions.BesideAnswers };
        var service = context.OpenHere("exo serve", residency, hub);
        var log = new ServerLog(context.Console);
        await using var app = ExoServer.Build(options, hub, service, (service as LocalExoService)?.Events, log);
        var address = await ExoServer.StartAsync(app, options, cancellationToken);
        log.HasStarted = true;
        context.Console.Tell($"exo: serving on {address} (OpenAI's API below /v1). Ctrl-C ends it.");
        if (options.Mirror) context.Console.Tell(MirrorHint(address));
        await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Console.Tell("exo: ending once running answers are written. A second Ctrl-C ends it at once.");
        using var grace = new CancellationTokenSource(Grace, context.Time);
        await app.StopAsync(grace.Token);
        return ExitCode.Success;
    }

    private static string MirrorHint(Uri address) => address.IsLoopback
        ? $"exo: mirror of the pulled models, for this machine alone: HF_ENDPOINT={Reachable(address)}. For others listen where they reach it: --listen 0.0.0.0, with --api-key."
        : $"exo: mirror of the pulled models: HF_ENDPOINT={Reachable(address)} on other machines, and the server's key as HF_TOKEN.";

    /// <summary>An address that listens everywhere is reached by this machine's name.</summary>
    private static string Reachable(Uri address) =>
        address.Host is "0.0.0.0" or "[::]" ? $"http://{Environment.MachineName}:{address.Port}" : $"http://{address.Host}:{address.Port}";

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

using System.Net;
using Exo.Api;
using Exo.Api.Remote;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Losses.Scenarios;
using Exo.Grains.Tests.Silo.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Exo.Grains.Tests.Mission.Scenarios;

/// <summary>
/// Three silos that answer together with a third of the sample model each. The first one alone has memory for a large model's layers, so that all of what is pulled
/// through the cluster comes to its disk: planned by the model's grain, fetched on its node, told through the model's stream.
/// </summary>
internal sealed class MissionSilos : IAsyncDisposable
{
    /// <summary>The silo that fetches. The same is called and asked.</summary>
    public const string Busy = "a";

    /// <summary>A silo that fetches nothing.</summary>
    public const string Other = "b";

    /// <summary>The least that a silo may be given: none of a <see cref="BulkModel"/>'s layers has room there if it is of this size or more, all of the sample model has.</summary>
    public const long LittleMemory = 64L << 20;

    private readonly SiloCluster _cluster;
    private IHost? _client;
    private HttpExoService? _service;
    private StoryStream? _story;

    private MissionSilos(SiloCluster cluster) => _cluster = cluster;

    /// <summary>Starts them over a hub, and the sample model on them.</summary>
    /// <param name="hub">What HF_ENDPOINT is set to.</param>
    /// <param name="storyTokens">How long the answers are.</param>
    /// <param name="longestLife">When a silo is killed, come what may.</param>
    public static async Task<MissionSilos> StartAsync(string hub, int storyTokens, TimeSpan? longestLife = null)
    {
        var environment = new Dictionary<string, string?> { ["HF_HUB_OFFLINE"] = null, ["HF_ENDPOINT"] = hub };
        var silos = new MissionSilos(new SiloCluster(environment, longestLife));
        try
        {
            await silos.StartAsync(storyTokens);
            return silos;
        }
        catch
        {
            await silos.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls the busy silo and reads answers through it, side by side, until it is over.</summary>
    public Task MeasureAsync(Timed into, CancellationToken over) =>
        into.MeasureAsync(_service!, _story!, _client!.Services.GetRequiredService<IClusterClient>().GetGrain<INodeGrain>(Busy), over);

    /// <summary>The membership as the busy silo sees it; its version rises with every word of a silo against another.</summary>
    public Task<string> MembershipAsync() => _cluster.Silos[Busy].Http.GetStringAsync("/exo/members");

    /// <summary>Pulls a model through the cluster.</summary>
    /// <param name="model">Its name at the hub.</param>
    /// <param name="progress">Told the bytes that are there.</param>
    /// <param name="stop">Ends the pull.</param>
    /// <exception cref="InvalidOperationException">Another silo fetches too.</exception>
    public async Task PullAsync(string model, Action<long> progress, CancellationToken stop)
    {
        await foreach (var now in _service!.PullAsync(new PullRequest { Model = model }, stop))
        {
            if (now.Files.FirstOrDefault(file => !file.Path.StartsWith(Busy + ":", StringComparison.Ordinal)) is { } strange)
                throw new InvalidOperationException($"{model} was to be fetched by silo {Busy} alone; there is '{strange.Path}' too.");
            progress(now.DoneByteCount);
        }
    }

    /// <summary>Takes a model from the busy silo's disk again.</summary>
    public Task RemoveAsync(string model) => _service!.RemoveAsync(model);

    /// <summary>Returns when a silo's event stream has told of something.</summary>
    /// <param name="silo">Who is listened to.</param>
    /// <param name="key">Of what: "pull:org/name".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ToldAsync(string silo, string key, CancellationToken cancellationToken)
    {
        await using var events = await _cluster.Silos[silo].Http.GetStreamAsync("/exo/events", cancellationToken);
        using var lines = new StreamReader(events);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains($"\"{key}\"", StringComparison.Ordinal)) return;
        }

        throw new InvalidOperationException($"The events of silo {silo} ended before they told of {key}.");
    }

    /// <summary>Every silo's log, for when something went wrong.</summary>
    public string Logs() => _cluster.Logs();

    public async ValueTask DisposeAsync()
    {
        if (_client is not null) await _client.StopAsync();
        _client?.Dispose();
        if (_service is not null) await _service.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private async Task StartAsync(int storyTokens)
    {
        var gateway = FreePort.Next();
        await _cluster.StartAsync(Busy, "--gateway-port", $"{gateway}");
        await Task.WhenAll(_cluster.StartAsync(Other, "--memory", $"{LittleMemory}"), _cluster.StartAsync("c", "--memory", $"{LittleMemory}"));
        await _cluster.SettleAsync(Busy);
        await _cluster.LoadAsync(Busy, "stories", 3);
        _client = await ConnectAsync(_cluster.Id, gateway);
        _service = _cluster.Ask(Busy);
        _story = await StoryStream.PrepareAsync(seed: 8, storyTokens);
    }

    private static async Task<IHost> ConnectAsync(string cluster, int gateway)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gateway)).Configure<ClusterOptions>(options =>
        {
            options.ClusterId = cluster;
            options.ServiceId = cluster;
        }));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}

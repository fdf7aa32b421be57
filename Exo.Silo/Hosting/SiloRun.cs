using System.Net;
using System.Net.Sockets;
using Exo.Grains.Hosting;
using Exo.Silo.Claims;
using Exo.Silo.Clustering;
using Exo.Silo.Configuration;
using Exo.Silo.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService;
using StackExchange.Redis;

namespace Exo.Silo.Hosting;

/// <summary>A silo's life: find its place, start, run until told to stop, drain, leave.</summary>
internal sealed partial class SiloRun(SiloSettings settings, SettingValues values, TextWriter errors, StopSignals signals)
{
    /// <summary>Threads that are there at once: blocking calls of a download's disk or a big parse must not make a probe's answer wait for the pool to grow.</summary>
    private const int LeastPoolThreads = 16;

    /// <summary>Runs to the end and gives the exit code.</summary>
    /// <exception cref="SettingException">It can't run as it is set up.</exception>
    public async Task<int> RunAsync()
    {
        // 1. What it needs of the machine: threads, Redis, a name and ports of its own.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, LeastPoolThreads), completions);
        await using var redis = settings.Redis is null ? null : await RedisLink.ConnectAsync(settings.Redis, "exo-silo", Say, TimeProvider.System, signals.First);
        using var claims = new MachineClaims(Path.Combine(settings.Home, "claims"));
        var place = NodePlace.Take(settings, values, settings.Advertise ?? AddressTowards(redis), claims);
        foreach (var notice in place.Notices) Say(notice);

        // 2. Start. Orleans comes first, so an API that answers is a node that has joined.
        var node = SiloHost.Node(settings, place);
        using var drain = new Drain(TimeProvider.System);
        await using var app = SiloHost.Build(settings, place, node, redis, drain);
        await StartAsync(app, place);
        app.Services.GetRequiredService<DeclaredDead>().HasJoined = true;
        var logger = app.Services.GetRequiredService<ILogger<SiloRun>>();
        var membership = app.Services.GetRequiredService<IClusterMembershipService>();
        LogUp(logger, StartSummary.Text(settings, place, node, membership.CurrentSnapshot.Members.Values.Count(member => member.Status == SiloStatus.Active)));
        SupervisorNotice.Send(SupervisorNotice.Ready);

        // 3. Run.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.First, app.Lifetime.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // 4. Drain, then leave: the others take over what this node did as soon as its status says that it leaves.
        SupervisorNotice.Send(SupervisorNotice.Stopping);
        LogStopping(logger);
        app.Services.GetRequiredService<Departure>().Begin();
        var cut = await drain.StopAsync(settings.Drain);
        if (cut > 0) LogCut(logger, cut, settings.Drain.TotalSeconds);
        await LeaveAsync(app, logger);
        return ExitCode.Success;
    }

    /// <summary>Says goodbye. Orleans would try for minutes where Redis is away; the others notice without it too.</summary>
    private async Task LeaveAsync(WebApplication app, ILogger logger)
    {
        try
        {
            await app.StopAsync().WaitAsync(SiloHost.GoodbyeTimeout);
            LogLeft(logger);
        }
        catch (TimeoutException)
        {
            Say("this node is gone without saying goodbye: the cluster couldn't be told in time");
            StopSignals.ExitNow(ExitCode.Success);
        }
    }

    private async Task StartAsync(WebApplication app, NodePlace place)
    {
        try
        {
            await app.StartAsync(signals.First);
        }
        catch (Exception failure) when (Causes(failure).OfType<SettingException>().FirstOrDefault() is { } refused)
        {
            throw new SettingException(refused.Message, failure);
        }
        catch (Exception failure) when (Causes(failure).OfType<OrleansClusterConnectivityCheckFailedException>().FirstOrDefault() is not null)
        {
            throw await UnreachableNodes.ExplainAsync(app.Services.GetRequiredService<IClusterMembershipService>(), settings, failure);
        }
        catch (Exception failure) when (Causes(failure).OfType<SocketException>().FirstOrDefault(cause => cause.SocketErrorCode == SocketError.AddressAlreadyInUse) is not null)
        {
            throw new SettingException($"{place.Address}:{place.SiloPort} or {place.Http} was taken at the last moment: start again, or give {SettingKeys.SiloPort.Option} and {SettingKeys.Http.Option}", failure);
        }
    }

    /// <summary>The address that this machine has on the way to Redis: where Redis is, the other silos are.</summary>
    private static IPAddress AddressTowards(ConnectionMultiplexer? redis)
    {
        if (redis?.GetEndPoints().FirstOrDefault() is not { } endpoint) return IPAddress.Loopback;
        var (host, port) = RedisLink.Address(endpoint);
        if (port == 0) return IPAddress.Loopback; // A socket file is on this machine.
        // Connecting a datagram socket sends nothing: it only asks the routing table.
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(host, port);
        var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static IEnumerable<Exception> Causes(Exception failure) => failure is AggregateException several
        ? several.InnerExceptions.SelectMany(Causes).Prepend(failure)
        : failure.InnerException is { } inner ? Causes(inner).Prepend(failure) : [failure];

    private void Say(string line) => errors.WriteLine("exo-silo: " + line);

    [LoggerMessage(1, LogLevel.Information, "{Summary}")]
    private static partial void LogUp(ILogger logger, string summary);

    [LoggerMessage(2, LogLevel.Information, "stopping: no new requests, running answers may end; the same signal again ends at once")]
    private static partial void LogStopping(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "{Count} requests still ran after {Seconds} s and were cut off")]
    private static partial void LogCut(ILogger logger, int count, double seconds);

    [LoggerMessage(4, LogLevel.Information, "this node has left the cluster")]
    private static partial void LogLeft(ILogger logger);
}

using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Exo.Silo.Configuration;
using StackExchange.Redis;

namespace Exo.Silo.Clustering;

/// <summary>The one connection to Redis that membership and grain storage share. It mends itself: a Redis that is away is missed, not mourned.</summary>
internal static class RedisLink
{
    /// <summary>A command that takes longer has failed; whoever sent it tries again later.</summary>
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">The text is no configuration.</exception>
    public static ConfigurationOptions Options(RedisSettings settings, string clientName)
    {
        var options = ConfigurationOptions.Parse(settings.Text);
        options.ClientName ??= clientName;
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = (int)CommandTimeout.TotalMilliseconds;
        options.SyncTimeout = options.AsyncTimeout = (int)CommandTimeout.TotalMilliseconds;
        options.ReconnectRetryPolicy = new LinearRetry((int)RetryPeriod.TotalMilliseconds);
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.SetDefaultPorts(); // For ourselves: whoever finds out why it doesn't answer knocks there.
        if (settings.CaFile is { } authority) options.TrustIssuer(authority);
        return options;
    }

    /// <summary>Connects, waiting for Redis to come up as long as the settings say.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="clientName">What Redis lists the connection as.</param>
    /// <param name="waiting">Told once, where it has to wait.</param>
    /// <exception cref="SettingException">It doesn't let this silo in.</exception>
    /// <exception cref="UnreachableClusterException">It doesn't answer.</exception>
    public static async Task<ConnectionMultiplexer> ConnectAsync(RedisSettings settings, string clientName, Action<string> waiting, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return await ConnectionMultiplexer.ConnectAsync(Options(settings, clientName)).WaitAsync(cancellationToken);
            }
            catch (RedisConnectionException strange) when (Causes(strange).OfType<AuthenticationException>().LastOrDefault() is { } tls)
            {
                throw new SettingException($"Redis at {settings} shows a certificate that this machine doesn't trust ({tls.Message.TrimEnd('.')}): give its authority with {SettingKeys.RedisCa.Option} FILE", strange);
            }
            catch (RedisConnectionException refused) when (IsAboutRights(refused))
            {
                throw new SettingException($"Redis at {settings} does not let this silo in ({Causes(refused).Last().Message.Split('\n')[0].Trim()}): check user=… and password=… in {SettingKeys.Redis.Option} or {SettingKeys.Redis.Variable}", refused);
            }
            catch (RedisConnectionException away)
            {
                if (time.GetElapsedTime(began) < settings.Wait)
                {
                    if (isFirst) waiting($"waiting for Redis at {settings} ({await WhyAsync(settings, away, cancellationToken)}), {settings.Wait.TotalSeconds:0} s at most");
                }
                else
                {
                    throw new UnreachableClusterException(
                        $"Redis at {settings} can't be reached ({await WhyAsync(settings, away, cancellationToken)}): start it (redis-server redis.conf), mend {SettingKeys.Redis.Option}, "
                        + $"or leave it out for a cluster on this machine alone. {SettingKeys.RedisWait.Option} SECONDS waits longer", away);
                }
            }
            await Task.Delay(RetryPeriod, time, cancellationToken);
        }
    }

    private static bool IsAboutRights(RedisConnectionException failure) =>
        failure.FailureType == ConnectionFailureType.AuthenticationFailure
        || Causes(failure).Any(cause => cause.Message.Contains("WRONGPASS", StringComparison.Ordinal) || cause.Message.Contains("NOAUTH", StringComparison.Ordinal) || cause.Message.Contains("NOPERM", StringComparison.Ordinal));

    /// <summary>The library says at length that it could not connect; a bare connection finds out what people need to know.</summary>
    private static async Task<string> WhyAsync(RedisSettings settings, RedisConnectionException failure, CancellationToken cancellationToken)
    {
        var (host, port) = Address(Options(settings, "").EndPoints[0]);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CommandTimeout);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (port > 0) await socket.ConnectAsync(host, port, timeout.Token);
            return $"something listens there, but it doesn't speak as Redis does{Words(failure)}; is ssl=true missing there, or too much?";
        }
        catch (SocketException refused)
        {
            return refused.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "no answer";
        }
    }

    /// <summary>What the library has to say beyond that it could not connect, which it says at length and with advice for programmers.</summary>
    private static string Words(RedisConnectionException failure) =>
        Causes(failure).Last() is not RedisConnectionException and var cause ? $": {cause.Message.Split('\n', ';')[0].Trim().TrimEnd('.')}" : "";

    /// <summary>Host and port; port 0 where it is a socket file on this machine.</summary>
    public static (string Host, int Port) Address(EndPoint endpoint) => endpoint switch
    {
        DnsEndPoint name => (name.Host, name.Port),
        IPEndPoint ip => (ip.Address.ToString(), ip.Port),
        _ => ("localhost", 0),
    };

    private static IEnumerable<Exception> Causes(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException) yield return cause;
    }
}

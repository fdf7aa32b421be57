using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Exo.Silo.Clustering;

/// <summary>Says when Redis goes away and when it is back.</summary>
internal sealed partial class RedisNews(IConnectionMultiplexer redis, ILogger<RedisNews> logger) : IHostedService
{
    private int _isAway;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed += OnFailed;
        redis.ConnectionRestored += OnRestored;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed -= OnFailed;
        redis.ConnectionRestored -= OnRestored;
        return Task.CompletedTask;
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs failure)
    {
        if (failure.ConnectionType == ConnectionType.Interactive && Interlocked.Exchange(ref _isAway, 1) == 0) LogAway(logger, failure.EndPoint, failure.FailureType);
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType == ConnectionType.Interactive && Interlocked.Exchange(ref _isAway, 0) == 1) LogBack(logger, restored.EndPoint);
    }

    [LoggerMessage(1, LogLevel.Warning, "Redis at {Endpoint} is away ({Failure}): what runs goes on, but no node can join or be declared lost until it is back")]
    private static partial void LogAway(ILogger logger, System.Net.EndPoint? endpoint, ConnectionFailureType failure);

    [LoggerMessage(2, LogLevel.Information, "Redis at {Endpoint} is back")]
    private static partial void LogBack(ILogger logger, System.Net.EndPoint? endpoint);
}

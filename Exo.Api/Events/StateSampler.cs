using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exo.Api.Events;

/// <summary>Posts the machines and the loaded models once a second, while somebody watches. What can't be told for a while is told again later.</summary>
internal sealed partial class StateSampler(IExoService service, EventBoard board, TimeProvider time, ILogger<StateSampler> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Said once, not every second.</summary>
    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do await LookAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (board.WatcherCount == 0) return;
        try
        {
            var state = await service.GetStateAsync(cancellationToken);
            board.Post(new ExoEvent { Key = "nodes", Nodes = state.Nodes });
            board.Post(new ExoEvent { Key = "models", Models = state.Models });
            _isAway = false;
        }
        catch (Exception away) when (!cancellationToken.IsCancellationRequested)
        {
            if (!_isAway) LogAway(away);
            _isAway = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "what the machines and models do can't be told to those who watch; it is tried again every second")]
    private partial void LogAway(Exception away);
}

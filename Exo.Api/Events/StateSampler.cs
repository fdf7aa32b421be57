using Microsoft.Extensions.Hosting;

namespace Exo.Api.Events;

/// <summary>Posts the machines and the loaded models once a second, while somebody watches.</summary>
internal sealed class StateSampler(IExoService service, EventBoard board, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            if (board.WatcherCount == 0) continue;
            var state = await service.GetStateAsync(stoppingToken);
            board.Post(new ExoEvent { Key = "nodes", Nodes = state.Nodes });
            board.Post(new ExoEvent { Key = "models", Models = state.Models });
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Wire;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Shards;

/// <summary>Sends a shard's results to the grains of its deployment, from the shard's own thread. A hand-over that fails is the chain's loss, and its driver is told.</summary>
internal sealed partial class GrainRoute : IStepRoute
{
    private readonly ILayerGrain? _next;
    private readonly IGenerationGrain _driver;
    private readonly ILogger _logger;
    private readonly string _nextName;

    public GrainRoute(IGrainFactory grains, Deployment deployment, int index, ILogger logger)
    {
        _logger = logger;
        _driver = grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString());
        var isLast = index == deployment.Shards.Length - 1;
        _nextName = isLast ? "" : ShardKey.Of(deployment, index + 1).ToString();
        _next = isLast ? null : grains.GetGrain<ILayerGrain>(_nextName);
    }

    public void Forward(StepFrame step)
    {
        var sent = _next!.ForwardAsync(step);
        if (!sent.IsCompletedSuccessfully) _ = WatchAsync(sent, step.Step);
    }

    public void Complete(StepFrame output) => _ = ObserveAsync(_driver.CompleteAsync(output));

    public void Fail(long step, string reason) => _ = ObserveAsync(_driver.FailAsync(step, reason, lost: false));

    private async Task WatchAsync(ValueTask sent, long step)
    {
        try
        {
            await sent;
        }
        catch (Exception failure)
        {
            LogHandOverFailed(failure, step, _nextName);
            await ObserveAsync(_driver.FailAsync(step, $"Shard {_nextName} can't be reached: {failure.Message}", lost: true));
        }
    }

    /// <summary>A driver that can't be told is gone, and the deployment with it.</summary>
    private async Task ObserveAsync(Task told)
    {
        try
        {
            await told;
        }
        catch (Exception failure)
        {
            LogDriverUnreachable(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step} can't be handed to {Shard}")]
    private partial void LogHandOverFailed(Exception failure, long step, string shard);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The driver of a deployment can't be reached")]
    private partial void LogDriverUnreachable(Exception failure);
}

using System.Collections.Immutable;
using Exo.Grains.Nodes;

namespace Exo.Grains.Models;

/// <summary>Has the nodes of a deployment fetch what they lack. The nodes do it by themselves: who asks a second time finds the fetches running.</summary>
internal sealed class ModelFetcher(NodeCalls nodes, RecordStore records, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns when every node has its layers.</summary>
    /// <param name="plans">Who fetches what.</param>
    /// <param name="progress">Told what a node's fetch does, whenever it was asked.</param>
    /// <param name="cancellationToken">Ends the waiting; the fetches go on.</param>
    /// <exception cref="NodeLostException">A node left meanwhile.</exception>
    /// <exception cref="FetchFailedException">A node can't get its layers.</exception>
    public async Task FetchAsync(ImmutableArray<NodeFetchPlan> plans, Action<FetchProgress> progress, CancellationToken cancellationToken)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var done = plans.ToDictionary(plan => plan.Node, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), StringComparer.Ordinal);
        var running = plans.Select(plan => FetchAsync(plan, done, progress, all.Token)).ToList();
        try
        {
            while (running.Count > 0)
            {
                var ended = await Task.WhenAny(running);
                running.Remove(ended);
                await ended;
            }
        }
        finally
        {
            await all.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Pauses or resumes the fetches of a model on all nodes, or changes their priority; those that follow run so too, also when the grain has moved.</summary>
    public Task ControlAsync(string model, FetchControl control, CancellationToken cancellationToken)
    {
        records.Set(records.Record with { Control = control });
        return OnAllAsync(grain => grain.ControlFetchAsync(model, control, cancellationToken), cancellationToken);
    }

    /// <summary>Ends the fetches of a model on all nodes; what is verified stays.</summary>
    public Task CancelAsync(string model, CancellationToken cancellationToken) => OnAllAsync(grain => grain.CancelFetchAsync(model, cancellationToken), cancellationToken);

    private Task OnAllAsync(Func<INodeGrain, Task> call, CancellationToken cancellationToken) => Task.WhenAll(nodes.Active.Select(async node =>
    {
        try
        {
            await nodes.CallAsync(node, () => call(nodes.Grain(node)), cancellationToken);
        }
        catch (NodeLostException)
        {
            // Its fetch has gone with it.
        }
    }));

    private async Task FetchAsync(NodeFetchPlan plan, Dictionary<string, TaskCompletionSource> done, Action<FetchProgress> progress, CancellationToken cancellationToken)
    {
        for (var step = 0; step < plan.Steps.Length; step++)
        {
            if (plan.Steps[step].After is { } other && done.TryGetValue(other, out var first)) await first.Task.WaitAsync(cancellationToken);
            await FetchAsync(plan.Node, plan.Steps[step].Order, state => progress(new FetchProgress(plan.Node, step == plan.Steps.Length - 1, state)), cancellationToken);
        }

        done[plan.Node].SetResult();
    }

    private async Task FetchAsync(string node, FetchOrder order, Action<FetchState> progress, CancellationToken cancellationToken)
    {
        var grain = nodes.Grain(node);
        var state = await StartAsync();
        while (true)
        {
            progress(state);
            switch (state.Phase)
            {
                case FetchPhase.Done:
                    return;
                case FetchPhase.Failed:
                    throw new FetchFailedException(node, state.ErrorKind ?? Api.ExoErrorKind.Failure, $"{state.Error} (node '{node}')");
                case FetchPhase.Cancelled:
                    throw new ModelRefusedException(Api.ExoErrorKind.Failure, $"the fetch on node '{node}' was cancelled");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
            // A node that was restarted knows nothing of the order and is given it again.
            state = await nodes.CallAsync(node, () => grain.GetFetchAsync(order.Model, cancellationToken), cancellationToken)
                ?? await StartAsync();
        }

        async Task<FetchState> StartAsync()
        {
            var started = await nodes.CallAsync(node, () => grain.FetchAsync(order with { Control = records.Record.Control }, cancellationToken), cancellationToken);

            // One that ran already runs as it was told before, and another word may have overtaken the order.
            if (started.Control != records.Record.Control) await nodes.CallAsync(node, () => grain.ControlFetchAsync(order.Model, records.Record.Control, cancellationToken), cancellationToken);
            return started;
        }
    }
}

/// <summary>A node can't get its layers; others may.</summary>
internal sealed class FetchFailedException(string node, Api.ExoErrorKind kind, string message) : Exception(message)
{
    public string Node { get; } = node;

    public Api.ExoErrorKind Kind { get; } = kind;
}

/// <summary>What one node's fetch does.</summary>
/// <param name="Node">The node.</param>
/// <param name="IsLast">It is the node's last order.</param>
/// <param name="State">The fetch.</param>
internal sealed record FetchProgress(string Node, bool IsLast, FetchState State);

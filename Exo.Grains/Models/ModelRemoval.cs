using Exo.Api;

namespace Exo.Grains.Models;

/// <summary>Takes a model that nobody wants off the disks of all nodes, where none of them has a use for it under another name.</summary>
internal sealed class ModelRemoval(string model, NodeCalls nodes)
{
    /// <summary>Hundreds of gigabytes go in seconds; what is just settling on a disk is waited for there.</summary>
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromMinutes(5);

    private readonly List<string> _done = [];
    private readonly List<(ExoErrorKind Kind, string Sentence)> _failures = [];
    private long _freedByteCount;

    /// <inheritdoc cref="IModelGrain.RemoveAsync"/>
    public async Task<long> RunAsync(Guid request, CancellationToken cancellationToken)
    {
        // 1. All are asked before any of them loses a byte.
        var asked = await Task.WhenAll(nodes.Active.Select(node => AskAsync(node, cancellationToken)));
        if (asked.FirstOrDefault(answer => answer.Use is not null) is { Use: { } use } user)
            throw new ModelRefusedException(ExoErrorKind.Busy, $"{model} can't be removed: node '{user.Node}' uses its files, {use}");

        // 2. One after the other: nodes of one machine may share a disk, and what the first of them frees is gone for the second. No caller ends this half-way.
        foreach (var (node, isThere, _) in asked)
        {
            if (isThere) await RemoveAsync(node, request);
            else Unreachable(node);
        }

        // 3. Nothing is claimed of nodes that didn't answer. What left the cluster for good may have kept its copy, which is no failure of this; where nothing was found, it is named.
        if (_failures.Count == 0 && _done.Count > 0) return _freedByteCount;
        foreach (var away in nodes.Away) Unreachable(away);
        var done = _done.Count > 0
            ? $"{model} was removed from {string.Join(", ", _done.Select(node => $"'{node}'"))} ({_freedByteCount >> 20} MiB freed)"
            : $"{model} is not in the store of any node that answers. 'exo list' shows what is";
        throw new ModelRefusedException(_failures.Count > 0 ? _failures[0].Kind : ExoErrorKind.ModelNotFound, string.Join("; ", _failures.Select(failure => failure.Sentence).Prepend(done)));
    }

    private void Unreachable(string node) =>
        _failures.Add((ExoErrorKind.Unavailable, $"node '{node}' can't be reached and may hold it still: remove it again when it is back"));

    private async Task<(string Node, bool IsThere, string? Use)> AskAsync(string node, CancellationToken cancellationToken)
    {
        try
        {
            return (node, true, await nodes.CallAsync(node, () => nodes.Grain(node).FindUseAsync(model, cancellationToken), cancellationToken));
        }
        catch (NodeLostException)
        {
            return (node, false, null);
        }
    }

    private async Task RemoveAsync(string node, Guid request)
    {
        try
        {
            if (await nodes.CallAsync(node, () => nodes.Grain(node).RemoveAsync(model, request, CancellationToken.None), CancellationToken.None, RemovalPatience) is not { } freed) return;
            _done.Add(node);
            _freedByteCount += freed;
        }
        catch (NodeLostException)
        {
            Unreachable(node);
        }
        catch (ModelRefusedException refused)
        {
            _failures.Add((refused.Kind, $"node '{node}': {refused.Message}"));
        }
    }
}

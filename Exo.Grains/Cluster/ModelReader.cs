using Exo.Api;
using Exo.Engine.Models;
using Exo.Grains.Models;
using Exo.Grains.Nodes;

namespace Exo.Grains.Cluster;

/// <summary>
/// Opens a model's small files (configuration, tokenizer, headers) on this node, fetching them where they aren't: a few megabytes, whatever the
/// model weighs. They tell what it is; weights may be holes.
/// </summary>
internal sealed class ModelReader(IGrainFactory grains, IModelLocator locator, OpenModels models, Hosting.NodeOptions node)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <param name="model">The model's name.</param>
    /// <param name="commit">The commit that the cluster runs; null: whatever the name means now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ExoException">It can't be had.</exception>
    public async Task<ModelFiles> OpenAsync(string model, string? commit, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => models.Open(locator.Locate(model, commit, layers: null)), cancellationToken);
        }
        catch (ModelRefusedException missing) when (missing.Kind == ExoErrorKind.ModelNotPulled)
        {
            await FetchAsync(model, commit, cancellationToken);
            return await Task.Run(() => models.Open(locator.Locate(model, commit, layers: null)), cancellationToken);
        }
    }

    private async Task FetchAsync(string model, string? commit, CancellationToken cancellationToken)
    {
        var here = grains.GetGrain<INodeGrain>(node.Name);
        var state = await here.FetchAsync(new FetchOrder(model, commit, 0, 0, []), cancellationToken);
        while (state.Phase == FetchPhase.Running)
        {
            await Task.Delay(Pause, cancellationToken);
            state = await here.GetFetchAsync(model, cancellationToken) ?? throw new ExoException(ExoErrorKind.Failure, $"the fetch of {model} was forgotten");
        }

        if (state.Phase != FetchPhase.Done) throw new ExoException(state.ErrorKind ?? ExoErrorKind.Failure, state.Error ?? $"the fetch of {model} was cancelled");
    }
}

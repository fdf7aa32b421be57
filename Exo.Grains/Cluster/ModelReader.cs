using Exo.Api;
using Exo.Engine.Models;
using Exo.Grains.Models;
using Exo.Grains.Nodes;

namespace Exo.Grains.Cluster;

/// <summary>
/// Opens a model's small files (configuration, tokenizer, headers) on this node, fetching them where they aren't: a few megabytes, whatever the
/// model weighs. They tell what it is; weights may be holes.
/// </summary>
internal sealed class ModelReader(IModelLocator locator, NodeStore store, OpenModels models, ClusterNodes nodes)
{
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
            return await FetchAsync(model, commit, cancellationToken);
        }
        catch (ModelRefusedException refused)
        {
            throw new ExoException(refused.Kind, refused.Message, refused);
        }
    }

    /// <summary>From the other nodes first: the hub is asked for what none of them has.</summary>
    private async Task<ModelFiles> FetchAsync(string model, string? commit, CancellationToken cancellationToken)
    {
        try
        {
            var facts = await nodes.FactsAsync(cancellationToken);
            var prepared = await store.PrepareAsync(model, commit, newest: false, [.. facts.Select(node => node.Mirror).OfType<Uri>()], cancellationToken);
            return await Task.Run(() => models.Open(prepared.Path), cancellationToken);
        }
        catch (ModelRefusedException refused)
        {
            throw new ExoException(refused.Kind, refused.Message, refused);
        }
    }
}

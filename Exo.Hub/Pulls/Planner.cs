using Exo.Hub.Protocol;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Pulls;

/// <summary>Makes plans: what the hub has at a revision, what of it is wanted, and what is here already.</summary>
internal sealed class Planner(HubOptions options, HubClient origin, IReadOnlyList<HubClient> peers, HubCache cache)
{
    public async Task<PullPlan> PlanAsync(ModelReference reference, PullOptions pull, CancellationToken cancellationToken)
    {
        if (options.Offline) return FromStore(reference, pull) ?? throw new HubException(
            HubError.Offline, $"{reference} is not whole in the store and HF_HUB_OFFLINE is set. Unset it to fetch, or pull the model while online.");
        try
        {
            return await FromHubAsync(origin, reference, pull, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException unreachable) when (unreachable.Error is HubError.Unreachable or HubError.ServerFailing or HubError.RateLimited)
        {
            foreach (var peer in peers)
            {
                try
                {
                    return await FromHubAsync(peer, reference, pull, cancellationToken).ConfigureAwait(false);
                }
                catch (HubException)
                {
                    // The next one may know it.
                }
            }
            if (FromStore(reference, pull) is { IsComplete: true } here) return here; // What is whole here needs no hub.
            throw;
        }
    }

    /// <summary>A plan that was made from the store alone has no list to look at anew.</summary>
    public PullPlan Refresh(PullPlan plan) => plan.Listing.Count == 0 ? plan : Plan(plan.Reference, plan.Options, plan.Model, plan.Listing);

    /// <summary>As the hub listed it when a map was made.</summary>
    public PullPlan Plan(ModelReference reference, WeightMap map) => Plan(reference, new PullOptions(), map.Model, map.Listing);

    private async Task<PullPlan> FromHubAsync(HubClient hub, ModelReference reference, PullOptions pull, CancellationToken cancellationToken)
    {
        var model = await hub.GetModelAsync(reference, cancellationToken).ConfigureAwait(false);
        var files = new List<HubFile>();
        await foreach (var file in hub.ListFilesAsync(model.RepositoryId, model.Commit, cancellationToken).ConfigureAwait(false)) files.Add(file);
        return Plan(reference, pull, model, files);
    }

    private PullPlan? FromStore(ModelReference reference, PullOptions pull)
    {
        var reader = cache.Reader(reference.RepositoryId);
        if (reader.CommitOf(reference) is not { } commit || reader.Read(commit, reference.Variant) is not { } stored) return null;
        var model = new HubModel { RepositoryId = reference.RepositoryId, Commit = commit };
        if (SnapshotManifest.Load(reader.Layout, commit) is { } manifest && Plan(reference, pull, model, manifest.Files) is { IsComplete: true } plan) return plan;
        if (!stored.IsComplete) return null;

        // Fetched by other tools, or a variant chosen earlier: what is there is what there is.
        var files = stored.Files.Where(file => file.Hash is not null).Select(file => new HubFile { Path = file.Path, ByteCount = file.ByteCount, Hash = file.Hash!.Value }).ToList();
        return Plan(reference, pull with { AllFormats = true }, model, files) with { Listing = [] };
    }

    private PullPlan Plan(ModelReference reference, PullOptions pull, HubModel model, IReadOnlyList<HubFile> files)
    {
        var (chosen, leftOut) = FileSelection.Choose(reference.ToString(), files, reference.Variant, pull);
        var layout = cache.Reader(reference.RepositoryId).Layout;
        var planned = chosen.Select(file => Look(layout, model.Commit, file)).ToList();
        return new PullPlan
        {
            Reference = reference,
            Model = model,
            Files = planned,
            LeftOut = leftOut,
            Listing = files,
            FreeDiskBytes = Math.Max(0, cache.Space.FreeBytes() - cache.Space.ReservedBytes()),
            ShortageBytes = cache.Space.ShortageOf(Pull.ToWrite(layout, planned)),
            SnapshotFolder = layout.Snapshot(model.Commit),
            Options = pull,
        };
    }

    private static PlannedFile Look(StoreLayout layout, string commit, HubFile file)
    {
        if (IsWhole(layout, commit, file)) return new PlannedFile(file, file.ByteCount, IsComplete: true);
        var journal = File.Exists(layout.Partial(file.Hash)) || File.Exists(layout.Blob(file.Hash)) ? RangeJournal.Read(layout.Journal(file.Hash)) : null;
        return new PlannedFile(file, journal is { } known && known.FileByteCount == file.ByteCount ? known.Landed.ByteCount : 0, IsComplete: false);
    }

    /// <summary>Whether the store has all bytes of the file, under its name or as a blob that any snapshot may show.</summary>
    public static bool IsWhole(StoreLayout layout, string commit, HubFile file) => IsWholeBlob(layout, file)
        || (!layout.IsUnsettled(file.Hash) && SnapshotLinks.Resolve(layout, commit, file.Path) is { } shown && shown.Length == file.ByteCount && new FileInfo(layout.SnapshotFile(commit, file.Path)).LinkTarget is null);

    public static bool IsWholeBlob(StoreLayout layout, HubFile file) => HasBlob(layout, file) && !layout.IsUnsettled(file.Hash);

    /// <summary>Whether a blob of the right size has its final name; whether it is also settled is another question.</summary>
    public static bool HasBlob(StoreLayout layout, HubFile file) =>
        new FileInfo(layout.Blob(file.Hash)) is { Exists: true, LinkTarget: null } blob && blob.Length == file.ByteCount;
}

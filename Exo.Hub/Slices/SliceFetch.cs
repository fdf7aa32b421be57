using System.Security.Cryptography;
using Exo.Hub.Protocol;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>Carries out one slice's plan: facts first, then the bytes, then what peers say of them, and at the end the word that it is ready.</summary>
/// <param name="slicer">Sources and store.</param>
/// <param name="plan">What to fetch.</param>
/// <param name="peers">Asked before the origin.</param>
/// <param name="folder">Where to.</param>
/// <param name="transfer">Starts transfers and awaits them all.</param>
internal sealed class SliceFetch(LayerSlicer slicer, SlicePlan plan, IReadOnlyList<Peer> peers, string folder, Func<IReadOnlyList<TransferRequest>, Task> transfer)
{
    private readonly WeightMap _map = plan.Map;

    private string Model => (_map.Reference ?? ModelReference.Parse(_map.Model.RepositoryId)).ToString();

    public async Task<StoredSlice> RunAsync(CancellationToken cancellationToken)
    {
        using var hold = await StoreLock.TakeAsync(slicer.Store.LockOf(folder), () => false, slicer.Time, cancellationToken).ConfigureAwait(false);
        var facts = slicer.Store.Facts(_map) ?? NewFacts();
        slicer.Store.WriteFacts(_map, facts);

        if (slicer.Store.Read(_map)?.Has(plan.Slice) is not true || SmallFiles().Count > 0)
        {
            var weights = new List<TransferRequest>();
            foreach (var file in plan.Files) weights.Add(await RequestAsync(file, cancellationToken).ConfigureAwait(false));
            using var room = slicer.Space.Reserve($"The slice of {_map.Model.RepositoryId}", [.. weights.Select(Room), .. _map.SmallFiles.Select(Room)]);
            foreach (var request in weights) SparseFile.Make(request.PartialPath, request.FileByteCount);
            var unproven = weights.Where(request => !WholeFileCheck.IsWhole(request)).ToList();
            await transfer([.. SmallFiles(), .. weights]).ConfigureAwait(false);
            await CheckHeadsAsync(weights).ConfigureAwait(false);
            await CheckWithPeersAsync(weights, cancellationToken).ConfigureAwait(false);
            await CheckWholeAsync(unproven, cancellationToken).ConfigureAwait(false);
            slicer.Store.WriteFacts(_map, facts with { Ready = [.. facts.Ready.Where(ready => !StoredSlice.Covers([plan.Slice], ready)), plan.Slice] });
        }
        if (_map.Reference is { } reference) slicer.Store.PointRef(reference, _map.Model.Commit);
        return slicer.Store.Read(_map)!;
    }

    /// <summary>What a sparse file will hold in the end; the ledger takes off what has landed.</summary>
    private static ReservedFileJson Room(TransferRequest request)
    {
        var held = RangeJournal.Read(request.JournalPath)?.Landed ?? new RangeSet();
        var missing = request.Wanted!.SelectMany(held.MissingIn).Sum(range => range.Length);
        return new ReservedFileJson(request.PartialPath, request.PartialPath + ".whole", held.ByteCount + missing);
    }

    private ReservedFileJson Room(HubFile file) => new(Partial(file), Path.Combine(folder, file.Path), file.ByteCount);

    private string Partial(HubFile file) => Path.Combine(folder, file.Path + StoreLayout.PartialSuffix);

    private SliceFacts NewFacts() => new()
    {
        Repository = _map.Model.RepositoryId,
        Commit = _map.Model.Commit,
        Variant = _map.Reference?.Variant,
        Files = [.. _map.Files.Select(file => Fact(file.File, true)), .. _map.SmallFiles.Select(file => Fact(file, false))],
    };

    private static SliceFact Fact(HubFile file, bool isWeights) => new(file.Path, file.ByteCount, file.Hash.Text, isWeights);

    /// <summary>The small files that are not here yet: whole, verified, in place by one rename.</summary>
    private List<TransferRequest> SmallFiles() =>
        [.. _map.SmallFiles.Where(file => !File.Exists(Path.Combine(folder, file.Path))).Select(file => new TransferRequest
        {
            Name = file.Path,
            Model = Model,
            PartialPath = Partial(file),
            FinishedPath = Path.Combine(folder, file.Path),
            FileByteCount = file.ByteCount,
            ETag = file.Hash.Text,
            Expected = file.Hash,
            Sources = [.. peers.Select(peer => peer.Source(_map.Model.RepositoryId, _map.Model.Commit, file, null)), slicer.Origin(plan, file)],
        })];

    private async Task<TransferRequest> RequestAsync(SliceFilePlan file, CancellationToken cancellationToken)
    {
        var hub = file.File.File;
        var sources = new List<IRangeSource>();
        foreach (var peer in peers) sources.Add(await LayerSlicer.SourceAsync(peer, _map.Model, hub, cancellationToken).ConfigureAwait(false));
        return new TransferRequest
        {
            Name = hub.Path,
            Model = Model,
            PartialPath = Path.Combine(folder, hub.Path),
            FileByteCount = hub.ByteCount,
            ETag = hub.Hash.Text,
            Wanted = file.Wanted,
            Sources = [.. sources, slicer.Origin(plan, hub)],
        };
    }

    /// <summary>A file whose beginning is not what the map was made from is another file: it is fetched once more, and then given up.</summary>
    private async Task CheckHeadsAsync(IReadOnlyList<TransferRequest> weights)
    {
        var others = weights.Where(IsAnother).ToList();
        if (others.Count == 0) return;
        await FetchAnewAsync(others).ConfigureAwait(false);
        if (others.Find(IsAnother) is { } still)
            throw new HubException(HubError.ContentChanged, $"{still.Name} of {_map.Model.RepositoryId} does not begin as it did when its layers were looked up. Try again; if it happens again do not trust the hub or mirror.");
    }

    private bool IsAnother(TransferRequest request)
    {
        var (count, hash) = _map.Files.First(file => file.File.Path == request.Name).Head;
        var bytes = new byte[count];
        using var handle = File.OpenHandle(request.PartialPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return RandomAccess.Read(handle, bytes, 0) != count || !SHA256.HashData(bytes).AsSpan().SequenceEqual(hash);
    }

    /// <summary>Holds files that have become whole against their hash; a wrong one is fetched once more, and then given up.</summary>
    private async Task CheckWholeAsync(IReadOnlyList<TransferRequest> weights, CancellationToken cancellationToken)
    {
        ContentHash Expected(TransferRequest request) => _map.Files.First(file => file.File.Path == request.Name).File.Hash;
        var wrong = await WholeFileCheck.WrongAsync([.. weights.Where(WholeFileCheck.IsWhole)], Expected, cancellationToken).ConfigureAwait(false);
        if (wrong.Count == 0) return;
        await FetchAnewAsync(wrong).ConfigureAwait(false);
        wrong = await WholeFileCheck.WrongAsync(wrong, Expected, cancellationToken).ConfigureAwait(false);
        foreach (var still in wrong) Discard(still);
        if (wrong.Count > 0)
            throw new HubException(HubError.HashMismatch, $"{wrong[0].Name} of {_map.Model.RepositoryId} does not hash to {Expected(wrong[0])}, also after fetching it again. Nothing of it was kept. {WrongBytes.Remedy(wrong[0], [wrong[0].Sources[^1]])}");
    }

    /// <summary>Throws files away and fetches them once more, from the origin alone.</summary>
    private async Task FetchAnewAsync(IReadOnlyList<TransferRequest> weights)
    {
        foreach (var request in weights) Discard(request);
        await transfer([.. weights.Select(request => request with { Sources = [request.Sources[^1]] })]).ConfigureAwait(false);
    }

    private static void Discard(TransferRequest request)
    {
        File.Delete(request.JournalPath);
        File.Delete(request.PartialPath);
    }

    /// <summary>Fetches anew, from the origin, what came from one peer and is contradicted by this or another.</summary>
    private async Task CheckWithPeersAsync(IReadOnlyList<TransferRequest> weights, CancellationToken cancellationToken)
    {
        var again = new List<TransferRequest>();
        foreach (var request in weights)
        {
            if (RangeJournal.Read(request.JournalPath)?.Records is not { } landed || !landed.Any(record => record.FromPeer)) continue;
            var file = _map.Files.First(file => file.File.Path == request.Name).File;
            var accounts = await Task.WhenAll(peers.Select(peer => peer.ListAsync(_map.Model.RepositoryId, _map.Model.Commit, file, cancellationToken))).ConfigureAwait(false);
            var contradicted = await Task.Factory.StartNew(
                () => Witnesses.Contradicted(request.PartialPath, landed, accounts.OfType<RangeListing>(), cancellationToken),
                cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            if (contradicted.Count == 0) continue;
            using (var journal = RangeJournal.Open(request.JournalPath, request.FileByteCount, RangeDigestKind.Sha256, request.ETag, out _))
                foreach (var record in contradicted) journal.Forget(record.Range);
            again.Add(request with { Sources = [slicer.Origin(plan, file)] });
        }
        if (again.Count > 0) await transfer(again).ConfigureAwait(false);
    }
}

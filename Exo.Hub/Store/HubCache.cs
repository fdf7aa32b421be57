using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Store;

/// <summary>
/// The store on disk, in the Hugging Face cache layout: <c>models--org--name/{blobs,refs,snapshots}</c> and <c>.locks</c>. What Python tools
/// fetched is found here and the other way round. Reads the disk anew each time and keeps nothing in memory.
/// </summary>
public sealed class HubCache
{
    private readonly HubOptions _options;

    /// <param name="options">Where the store lies.</param>
    public HubCache(HubOptions options)
    {
        _options = options.Checked();
        Folder = Path.GetFullPath(options.CacheFolder);
        Space = new SpaceLedger(Folder, options.FreeSpaceMargin);
    }

    /// <summary>The store's folder.</summary>
    public string Folder { get; }

    internal SpaceLedger Space { get; init; }

    /// <summary>Makes a symbolic link of a name and a target; tests have it fail as systems without links do.</summary>
    internal Action<string, string> MakeLink { get; init; } = static (link, target) => File.CreateSymbolicLink(link, target);

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Every snapshot in the store, by name. A store that isn't there yet is empty.</summary>
    public IReadOnlyList<StoredModel> List()
    {
        var models = new List<StoredModel>();
        foreach (var repositoryId in Repositories())
        {
            var reader = Reader(repositoryId);
            var refs = reader.Refs();
            models.AddRange(reader.Commits().Select(commit => reader.Read(commit, null, refs)).OfType<StoredModel>());
            models.AddRange(reader.ListedCommits().Except(reader.Commits()).Select(commit => reader.ReadBegun(commit, refs)).OfType<StoredModel>());
        }
        return models;
    }

    /// <summary>The model's snapshot where it is in the store and whole; null otherwise. Asks no server.</summary>
    public StoredModel? Find(ModelReference reference)
    {
        var reader = Reader(reference.RepositoryId);
        return reader.CommitOf(reference) is { } commit && reader.Read(commit, reference.Variant) is { IsComplete: true } model ? model : null;
    }

    /// <summary>One file for serving it to others: whole, or loading with the ranges that are on disk; null where the store has none of it.</summary>
    /// <param name="repositoryId">"org/name"; one that is no such name is simply not found.</param>
    /// <param name="revision">A ref of the store or a commit.</param>
    /// <param name="path">The path in the repository; an unsafe one is simply not found.</param>
    public StoredFile? FindFile(string repositoryId, string revision, string path)
    {
        if (!RepositoryPath.IsSafe(path) || Locate(repositoryId, revision) is not var (reader, commit)) return null;
        var announced = SnapshotManifest.Load(reader.Layout, commit)?.Files.FirstOrDefault(file => file.Path == path);
        if (reader.ReadFile(commit, path, announced) is { } whole) return whole.IsDoubtful ? null : whole;
        if (announced is null) return null;

        var partial = reader.Layout.Partial(announced.Hash);
        return RangeJournal.Read(partial + TransferRequest.JournalSuffix) is { } journal && journal.FileByteCount == announced.ByteCount && File.Exists(partial)
            ? new StoredFile { Path = path, DiskPath = partial, ByteCount = announced.ByteCount, Hash = announced.Hash, Verified = journal.Landed }
            : null;
    }

    /// <summary>
    /// The file list of a commit as the hub gave it, files that are not in the store included; null where the store does not know it
    /// (a snapshot of other tools has no list: use <see cref="StoredModel.Files"/> of <see cref="Find"/> then).
    /// </summary>
    public (string Commit, IReadOnlyList<HubFile> Files)? FindFileList(string repositoryId, string revision)
    {
        if (Locate(repositoryId, revision) is not var (reader, commit)) return null;
        return SnapshotManifest.Load(reader.Layout, commit) is { } manifest ? (commit, manifest.Files) : null;
    }

    /// <summary>A snapshot, whole or not; null where there is none.</summary>
    public StoredModel? FindSnapshot(string repositoryId, string revision) =>
        Locate(repositoryId, revision) is var (reader, commit) ? reader.Read(commit, null) : null;

    /// <summary>
    /// Takes a model out: one revision where the reference names one, all of them otherwise; of a named variant only its files, where other weights are
    /// beside it. Blobs that other snapshots use stay.
    /// </summary>
    /// <param name="reference">What to remove.</param>
    /// <param name="allRevisions">Every revision of the repository, and what is half-fetched of it, instead of the named one.</param>
    /// <exception cref="HubException">
    /// <see cref="HubError.NotInStore"/>, <see cref="HubError.Busy"/> while it is being pulled; what is only settling on the disk is waited for.
    /// <see cref="HubError.StoreFailed"/>: the store may not be written.
    /// </exception>
    public RemovedModels Remove(ModelReference reference, bool allRevisions = false)
    {
        var reader = Reader(reference.RepositoryId);
        try
        {
            return StoreRemoval.Remove(reader, reference, allRevisions, Time);
        }
        catch (Exception refused) when (DiskFailure.Is(refused))
        {
            throw DiskFailure.Of(refused, reader.Layout.RepositoryFolder);
        }
    }

    /// <summary>Hashes the model's files on a thread of its own and gives each one's verdict as it is known. A wrong one counts as loading from then on: the next pull fetches it anew.</summary>
    /// <param name="reference">What to check.</param>
    /// <param name="hashed">Told of each further piece that is hashed, in bytes, on the checking thread.</param>
    /// <param name="cancellationToken">Ends the checking.</param>
    /// <exception cref="HubException"><see cref="HubError.NotInStore"/>: also where a snapshot of other tools has no such variant.</exception>
    public IAsyncEnumerable<CheckedFile> VerifyAsync(ModelReference reference, Action<int>? hashed = null, CancellationToken cancellationToken = default)
    {
        var reader = Reader(reference.RepositoryId);
        if (reader.CommitOf(reference) is not { } commit || reader.Read(commit, reference.Variant) is not { } model) throw NotInStore(reference, reader.Layout);
        var manifest = SnapshotManifest.Load(reader.Layout, commit);
        if (manifest is null && reference.Variant is { } variant && !ForeignSnapshot.HasVariant(model.Files, variant)) throw NotInStore(reference, reader.Layout);
        return StoreCheck.RunAsync(reader, model, manifest, reference.Variant, hashed, cancellationToken);
    }

    /// <summary>What the store takes and what is free.</summary>
    public StoreUse DiskUse()
    {
        long blobs = 0, partial = 0;
        foreach (var layout in Repositories().Select(repositoryId => Reader(repositoryId).Layout))
        {
            foreach (var file in Files(layout.Blobs))
            {
                if (file.Name.EndsWith(StoreLayout.PartialSuffix, StringComparison.Ordinal)) partial += RangeJournal.Read(file.FullName + TransferRequest.JournalSuffix)?.Landed.ByteCount ?? 0;
                else if (file.Name.EndsWith(".incomplete", StringComparison.Ordinal)) partial += file.Length;
                else if (!file.Name.EndsWith(TransferRequest.JournalSuffix, StringComparison.Ordinal)) blobs += file.Length;
            }
            blobs += Files(layout.Snapshots).Sum(file => file.Length);
        }
        return new StoreUse(blobs, partial, Space.FreeBytes(), Space.ReservedBytes());
    }

    internal SnapshotReader Reader(string repositoryId) => new(new StoreLayout(Folder, repositoryId) { MakeLink = MakeLink });

    /// <summary>Whether anything of the repository is here: another revision, or a pull's beginning.</summary>
    public bool HasPartOf(string repositoryId) => ModelReference.TryParse(repositoryId, out _) && Directory.Exists(Reader(repositoryId).Layout.Blobs);

    internal static HubException NotInStore(ModelReference reference, StoreLayout layout) => new(HubError.NotInStore, Directory.Exists(layout.Blobs)
        ? $"{reference} is not in the store, or only a part of it. 'exo list' shows what is; 'exo pull {reference}' fetches the rest."
        : $"{reference} is not in the store. 'exo list' shows what is; 'exo pull {reference}' fetches it.");

    private (SnapshotReader Reader, string Commit)? Locate(string repositoryId, string revision)
    {
        if (!ModelReference.TryParse($"{repositoryId}@{revision}", out var reference) || reference.RepositoryId != repositoryId) return null;
        var reader = Reader(repositoryId);
        return reader.CommitOf(reference) is { } commit ? (reader, commit) : null;
    }

    private IEnumerable<string> Repositories() => Directory.Exists(Folder)
        ? Directory.EnumerateDirectories(Folder, "models--*").Select(StoreLayout.RepositoryIdOf).OfType<string>().Order(StringComparer.OrdinalIgnoreCase)
        : [];

    /// <summary>The real files below a folder: links are somebody else's bytes.</summary>
    private static IEnumerable<FileInfo> Files(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        : [];
}

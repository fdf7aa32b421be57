using Exo.Hub.Protocol;
using Exo.Hub.Pulls;

namespace Exo.Hub.Store;

/// <summary>Takes one quantisation out of a repository that holds several: <c>org/name:Q8_0</c> leaves the others where they are, whole or half-fetched.</summary>
internal sealed class VariantRemoval
{
    private readonly StoreLayout _layout;
    private readonly string _variant;
    private readonly List<Revision> _revisions;
    private readonly List<Revision> _going;

    /// <param name="reader">The repository.</param>
    /// <param name="variant">The quantisation.</param>
    /// <param name="isAsked">Which commits it is to leave.</param>
    public VariantRemoval(SnapshotReader reader, string variant, Func<string, bool> isAsked)
    {
        (_layout, _variant) = (reader.Layout, variant);
        var refs = reader.Refs();
        _revisions = [.. reader.Commits().Union(reader.ListedCommits()).Select(commit => Revision.Read(reader, commit, variant, refs))];
        _going = [.. _revisions.Where(revision => isAsked(revision.Commit) && !revision.IsWithout)];
    }

    /// <summary>Nothing of the quantisation is here.</summary>
    public bool FindsNothing => _going.Count == 0;

    /// <summary>The quantisation's files, whole, half-fetched and still to come.</summary>
    public IReadOnlySet<ContentHash> Hashes =>
        _going.SelectMany(revision => revision.Listed.Where(file => revision.Paths.Contains(file.Path)).Select(file => file.Hash).Concat(revision.Shown.Select(file => file.Hash ?? default))).ToHashSet();

    /// <summary>What stays is of no use without it: no other weights, whole or half, and no other revision.</summary>
    public bool LeavesNothing => _revisions.TrueForAll(revision =>
        !revision.HasOtherWeights && (_going.Contains(revision) || (revision.Snapshot is null && revision.IsWithout)));

    /// <summary>Takes the files out of their snapshots, and what no other entry shows off the disk, half-fetched parts with it.</summary>
    /// <param name="time">For the locks.</param>
    /// <exception cref="HubException"><see cref="HubError.Busy"/>: somebody is pulling one of the files.</exception>
    public RemovedModels Remove(TimeProvider time)
    {
        var gone = _going.SelectMany(revision => revision.Shown).ToList();
        var shown = _revisions.SelectMany(revision => _going.Contains(revision) ? revision.ShownOthers : revision.Files).Select(file => file.DiskPath).ToHashSet(StringComparer.Ordinal);
        // A list names all files of a commit, also those that nobody pulls: one that is named elsewhere too may be another's beginning, and stays.
        var named = _revisions.SelectMany(revision => _going.Contains(revision) ? revision.Others : revision.Listed).Select(file => file.Hash).ToHashSet();
        using var halves = new HalfFetched(_layout, _going.SelectMany(revision => revision.Halves).Select(file => file.Hash).Where(hash => !named.Contains(hash)), time);

        foreach (var revision in _going)
            foreach (var file in revision.Shown) File.Delete(_layout.SnapshotFile(revision.Commit, file.Path)); // Names first, bytes last.
        long freed = 0;
        foreach (var file in gone.DistinctBy(file => file.DiskPath).Where(file => !shown.Contains(file.DiskPath)))
        {
            freed += file.ByteCount;
            File.Delete(file.DiskPath);
            if (file.Hash is { } hash && _layout.IsUnsettled(hash)) File.Delete(_layout.Journal(hash));
        }
        freed += halves.Delete();
        return new RemovedModels([.. _going.Select(revision => $"{_layout.RepositoryId}:{_variant}@{revision.Commit}")], freed);
    }

    /// <summary>A revision and what of it is the quantisation's.</summary>
    /// <param name="Snapshot">Null where a pull has shown nothing yet.</param>
    /// <param name="Listed">The commit's files as the hub gave them; none for a snapshot of other tools.</param>
    /// <param name="Paths">The quantisation's.</param>
    private sealed record Revision(StoreLayout Layout, string Commit, StoredModel? Snapshot, IReadOnlyList<HubFile> Listed, IReadOnlySet<string> Paths)
    {
        public IReadOnlyList<StoredFile> Files => Snapshot?.Files ?? [];

        public IEnumerable<StoredFile> Shown => Files.Where(file => Paths.Contains(file.Path));

        public IEnumerable<StoredFile> ShownOthers => Files.Where(file => !Paths.Contains(file.Path));

        public IReadOnlyList<HubFile> Halves { get; } = [.. Listed.Where(file => Paths.Contains(file.Path) && HalfFetched.IsHere(Layout, file.Hash))];

        public IEnumerable<HubFile> Others => Listed.Where(file => !Paths.Contains(file.Path));

        public bool IsWithout => !Shown.Any() && Halves.Count == 0;

        /// <summary>Whether the revision is of use without the quantisation: it holds other weights, or a part of them.</summary>
        public bool HasOtherWeights => ShownOthers.Any(file => IsWeights(file.Path)) || Others.Any(file => IsWeights(file.Path) && HalfFetched.IsHere(Layout, file.Hash));

        public static Revision Read(SnapshotReader reader, string commit, string variant, IReadOnlyDictionary<string, string> refs)
        {
            var snapshot = reader.Read(commit, null, refs);
            IReadOnlyList<HubFile> listed = SnapshotManifest.Load(reader.Layout, commit)?.Files ?? [];
            var here = (snapshot?.Files ?? []).Select(file => new HubFile { Path = file.Path, ByteCount = file.ByteCount, Hash = file.Hash ?? default });
            var groups = GgufChoice.Groups(listed.Concat(here).DistinctBy(file => file.Path));
            IEnumerable<HubFile> chosen = groups.Count > 0 && GgufChoice.Choose(groups, variant) is { } label ? groups[label] : [];
            return new Revision(reader.Layout, commit, snapshot, listed, chosen.Select(file => file.Path).ToHashSet(StringComparer.Ordinal));
        }

        private static bool IsWeights(string path) => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || GgufChoice.IsModel(new HubFile { Path = path, ByteCount = 0, Hash = default });
    }
}

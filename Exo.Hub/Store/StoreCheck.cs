using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Transfer;

namespace Exo.Hub.Store;

/// <summary>Hashes what is on disk and holds it against what it should be. What is wrong counts as loading from then on, so that the next pull fetches it anew.</summary>
internal static class StoreCheck
{
    private const int ChunkSize = 1 << 20;

    public static async IAsyncEnumerable<CheckedFile> RunAsync(
        SnapshotReader reader, StoredModel model, SnapshotManifest? manifest, string? variant, Action<int>? hashed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var results = Channel.CreateUnbounded<CheckedFile>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        BackgroundThread.Start("exo verify", () => Check(reader, model, manifest, variant, results.Writer, hashed, ended.Token));
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return result;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
    }

    private static void Check(
        SnapshotReader reader, StoredModel model, SnapshotManifest? manifest, string? variant, ChannelWriter<CheckedFile> results, Action<int>? hashed, CancellationToken cancellationToken)
    {
        try
        {
            var announced = manifest?.Files.ToDictionary(file => file.Path, StringComparer.Ordinal) ?? [];
            var buffer = new byte[ChunkSize];
            using var bulk = new BulkThread("exo hash");
            foreach (var file in model.Files)
            {
                CheckedFile? result = null;
                var expected = announced.GetValueOrDefault(file.Path);
                bulk.Run(() => result = Check(file, expected, buffer, hashed, cancellationToken));
                if (result!.Check == FileCheck.Wrong) Distrust(reader.Layout, file, expected?.Hash ?? file.Hash!.Value);
                results.TryWrite(result);
            }
            foreach (var missing in Missing(reader, model, manifest, variant)) results.TryWrite(missing);
            results.TryComplete();
        }
        catch (Exception failure)
        {
            results.TryComplete(DiskFailure.Is(failure) ? DiskFailure.Of(failure, model.SnapshotFolder) : failure);
        }
    }

    /// <summary>Notes what is wrong; an entry that shows another file's blob needs no note, since the next pull shows the right one.</summary>
    private static void Distrust(StoreLayout layout, StoredFile file, ContentHash expected)
    {
        var isOthers = file.DiskPath.StartsWith(layout.Blobs, StringComparison.Ordinal) && file.DiskPath != layout.Blob(expected);
        try
        {
            if (!isOthers) layout.Distrust(expected);
        }
        catch (Exception readOnly) when (readOnly is IOException or UnauthorizedAccessException)
        {
            // A store that may only be read: the verdict is told all the same.
        }
    }

    private static CheckedFile Check(StoredFile file, HubFile? announced, byte[] buffer, Action<int>? hashed, CancellationToken cancellationToken)
    {
        if (announced is not null && announced.ByteCount != file.ByteCount)
        {
            return new CheckedFile(file.Path, file.ByteCount, FileCheck.Wrong, $"it has {file.ByteCount} bytes instead of {announced.ByteCount}");
        }
        if ((announced?.Hash ?? file.Hash) is not { } expected) return new CheckedFile(file.Path, file.ByteCount, FileCheck.Unknown, "nobody wrote down its hash");

        using var hasher = new ContentHasher(expected.Kind, file.ByteCount);
        using var handle = File.OpenHandle(file.DiskPath, options: FileOptions.SequentialScan);
        long position = 0;
        while (RandomAccess.Read(handle, buffer, position) is var count and > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hasher.Append(buffer.AsSpan(0, count));
            position += count;
            hashed?.Invoke(count);
        }
        var actual = hasher.Finish();
        return actual == expected
            ? new CheckedFile(file.Path, file.ByteCount, FileCheck.Good)
            : new CheckedFile(file.Path, file.ByteCount, FileCheck.Wrong, $"it hashes to {actual} instead of {expected}");
    }

    private static IEnumerable<CheckedFile> Missing(SnapshotReader reader, StoredModel model, SnapshotManifest? manifest, string? variant)
    {
        static CheckedFile Gone(string path, long byteCount) => new(path, byteCount, FileCheck.Missing, "it is not in the store");

        if (manifest is null) return reader.Lacks(model, variant).Select(path => Gone(path, 0));
        if (model.IsComplete) return [];
        var here = model.Files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return FileSelection.Choose(model.RepositoryId, manifest.Files, variant, new PullOptions()).Chosen
            .Where(file => FileSelection.IsEssential(file) && !here.Contains(file.Path)).Select(file => Gone(file.Path, file.ByteCount));
    }
}

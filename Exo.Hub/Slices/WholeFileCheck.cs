using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// The one thing that a slice's bytes can be held against without anybody's word: where its ranges cover a file, as they do for most files of a model in
/// many, the whole has an announced hash. The ranges of other files rest on the origin's transport (TLS), on its ETags, and on what peers say.
/// </summary>
internal static class WholeFileCheck
{
    private const int ChunkSize = 1 << 20;

    /// <summary>Whether every byte of the file has landed.</summary>
    public static bool IsWhole(TransferRequest request) =>
        RangeJournal.Read(request.JournalPath) is { } journal && journal.FileByteCount == request.FileByteCount && journal.Landed.Contains(new ByteRange(0, request.FileByteCount));

    /// <summary>The files among <paramref name="whole"/> whose bytes don't hash to what was announced. Read on a thread of its own.</summary>
    public static Task<List<TransferRequest>> WrongAsync(IReadOnlyList<TransferRequest> whole, Func<TransferRequest, ContentHash> expected, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                List<TransferRequest> wrong = [];
                using var bulk = new BulkThread("exo hash");
                bulk.Run(() => wrong = [.. whole.Where(request => Hash(request, expected(request).Kind, cancellationToken) != expected(request))]);
                return wrong;
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static ContentHash Hash(TransferRequest request, ContentHashKind kind, CancellationToken cancellationToken)
    {
        using var hasher = new ContentHasher(kind, request.FileByteCount);
        using var file = File.OpenHandle(request.PartialPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[ChunkSize];
        for (long position = 0; RandomAccess.Read(file, buffer, position) is var count and > 0; position += count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hasher.Append(buffer.AsSpan(0, count));
        }
        return hasher.Finish();
    }
}

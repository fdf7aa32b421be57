using Exo.Hub.Protocol;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Exo.Hub.Transfer;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Exo.Api.Mirror;

/// <summary>A file's bytes. A whole file is served whole or by the range; any other only by ranges of which every byte is verified.</summary>
internal sealed class FileAnswers(MirrorShelf shelf)
{
    private const int CopyByteCount = 256 << 10;

    public async Task ResolveAsync(HttpContext context)
    {
        var address = MirrorAddress.Of(context);
        var candidates = address is null || address.Path.Length == 0 ? [] : Candidates(address);
        var whole = candidates.Find(file => file.IsWhole);
        if (whole is not null)
        {
            Identify(context, address!, whole);
            await SendAsync(context, whole, HttpMethods.IsHead(context.Request.Method) ? null : Asked(context, whole));
            return;
        }
        if (candidates.Count == 0 || HttpMethods.IsHead(context.Request.Method) || Asked(context, candidates[0]) is not { } range)
        {
            await MissingAsync(context, address); // Asked for the whole: there is no such file here, and never half of it.
            return;
        }
        foreach (var file in candidates)
        {
            if (!await VouchesAsync(file, range, context.RequestAborted)) continue;
            Identify(context, address!, file);
            await SendAsync(context, file, range);
            return;
        }
        RefuseRange(context, candidates[0]);
    }

    /// <summary>What git holds of a whole file: its bytes, or a large one's pointer.</summary>
    public Task RawAsync(HttpContext context)
    {
        var address = MirrorAddress.Of(context);
        if (address is null || Candidates(address).Find(candidate => candidate.IsWhole) is not { } file) return MissingAsync(context, address);
        Identify(context, address, file);
        if (!LfsPointer.IsLarge(file)) return SendAsync(context, file, null);
        context.Response.ContentType = "text/plain; charset=utf-8";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(LfsPointer.Text(file), context.RequestAborted);
    }

    public async Task RangesAsync(HttpContext context)
    {
        if (MirrorAddress.Of(context) is not { Path.Length: > 0 } address)
        {
            await MirrorErrors.EntryNotFoundAsync(context);
            return;
        }
        var candidates = Candidates(address);
        var listing = candidates.Find(file => file.IsWhole) is { } whole
            ? new RangeListing { Path = whole.Path, ByteCount = whole.ByteCount, Hash = whole.Hash!.Value.Text, IsWhole = true, Ranges = [] }
            : candidates.Select(RangeVerifier.List).OfType<RangeListing>().MaxBy(part => part.Ranges.Sum(range => range.Length));
        await (listing is null
            ? MirrorErrors.EntryNotFoundAsync(context)
            : context.Response.WriteAsJsonAsync(listing, RangeListingJson.Default.RangeListing, cancellationToken: context.RequestAborted));
    }

    /// <summary>What of a file's address is unknown here: the model, the revision, or only the file.</summary>
    private Task MissingAsync(HttpContext context, MirrorAddress? address) => address switch
    {
        null or { Path.Length: 0 } => MirrorErrors.EntryNotFoundAsync(context),
        _ when shelf.CommitOf(address.Reference) is not null => MirrorErrors.EntryNotFoundAsync(context),
        _ when shelf.HasPartOf(address.Reference.RepositoryId) => MirrorErrors.RevisionNotFoundAsync(context),
        _ => MirrorErrors.RepositoryNotFoundAsync(context),
    };

    /// <summary>A copy of unknown origin has no name by which a client could hold it against anything.</summary>
    private List<StoredFile> Candidates(MirrorAddress address) => [.. shelf.Files(address).Where(file => file.Hash is not null)];

    /// <summary>What has not been vouched for yet is read and hashed on a thread of its own.</summary>
    private Task<bool> VouchesAsync(StoredFile file, ByteRange range, CancellationToken cancellationToken) =>
        shelf.Verifier.VouchesAtOnce(file, range) is { } known
            ? Task.FromResult(known)
            : Task.Factory.StartNew(() => shelf.Verifier.Vouches(file, range, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task SendAsync(HttpContext context, StoredFile file, ByteRange? part)
    {
        var range = part ?? new ByteRange(0, file.ByteCount);
        if (part is { IsEmpty: true })
        {
            RefuseRange(context, file);
            return;
        }
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = Tag(file);
        headers.ContentLength = range.Length;
        context.Response.ContentType = "application/octet-stream";
        if (part is not null)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = new ContentRangeHeaderValue(range.Start, range.End - 1, file.ByteCount);
        }
        if (!HttpMethods.IsHead(context.Request.Method)) await CopyAsync(file, range, context);
    }

    private static async Task CopyAsync(StoredFile file, ByteRange range, HttpContext context)
    {
        using var handle = File.OpenHandle(file.DiskPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        var output = context.Response.BodyWriter;
        for (var position = range.Start; position < range.End;)
        {
            // Straight into the server's own buffers: one copy fewer.
            var wanted = (int)Math.Min(CopyByteCount, range.End - position);
            var count = await RandomAccess.ReadAsync(handle, output.GetMemory(wanted)[..wanted], position, context.RequestAborted);
            if (count == 0) throw new IOException($"{file.Path} ends at byte {position}, before its {range.End}.");
            output.Advance(count);
            position += count;
            if ((await output.FlushAsync(context.RequestAborted)).IsCompleted) return;
        }
    }

    private static void RefuseRange(HttpContext context, StoredFile file)
    {
        context.Response.Headers.ContentRange = $"bytes */{file.ByteCount}";
        context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
    }

    /// <summary>The one range that the request asks for, empty where it lies outside; null where it asks for none, for several, or with a condition that this file does not meet.</summary>
    private static ByteRange? Asked(HttpContext context, StoredFile file)
    {
        var headers = context.Request.GetTypedHeaders();
        if (headers.Range is not { Unit.Value: "bytes", Ranges.Count: 1 } asked || !MeetsCondition(headers, file)) return null;
        return asked.Ranges.Single() switch
        {
            { From: { } from, To: { } to } => ByteRange.FromTo(from, Math.Min(to, file.ByteCount - 1) + 1),
            { From: { } from } => ByteRange.FromTo(from, file.ByteCount),
            { To: { } last } => ByteRange.FromTo(Math.Max(0, file.ByteCount - last), file.ByteCount),
            _ => null,
        };
    }

    private static bool MeetsCondition(RequestHeaders headers, StoredFile file) =>
        headers.IfRange is not { } condition || (condition.EntityTag is { } tag && tag.Compare(Tag(file), useStrongComparison: true));

    private static EntityTagHeaderValue Tag(StoredFile file) => new($"\"{file.Hash!.Value.Text}\"");

    /// <summary>The headers by which the hub's clients know commit, hash and size without the body, and Exo's that this is a mirror.</summary>
    private void Identify(HttpContext context, MirrorAddress address, StoredFile file)
    {
        if (shelf.CommitOf(address.Reference) is { } commit) context.Response.Headers["X-Repo-Commit"] = commit;
        context.Response.Headers["X-Linked-Etag"] = $"\"{file.Hash!.Value.Text}\"";
        context.Response.Headers["X-Linked-Size"] = file.ByteCount.ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers.AcceptRanges = "bytes";
        context.Response.Headers[MirrorHeader.Name] = "1";
    }
}

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
        if (MirrorAddress.Of(context) is not { Path.Length: > 0 } address)
        {
            await MirrorErrors.EntryNotFoundAsync(context);
            return;
        }
        var candidates = shelf.Files(address).Where(file => file.Hash is not null).ToList();
        if (candidates.Find(file => file.IsWhole) is { } whole)
        {
            Identify(context, address, whole);
            await Results.File(whole.DiskPath, "application/octet-stream", entityTag: Tag(whole), enableRangeProcessing: true).ExecuteAsync(context);
            return;
        }
        await ServePartAsync(context, address, candidates);
    }

    public async Task RangesAsync(HttpContext context)
    {
        if (MirrorAddress.Of(context) is not { Path.Length: > 0 } address)
        {
            await MirrorErrors.EntryNotFoundAsync(context);
            return;
        }
        var candidates = shelf.Files(address).Where(file => file.Hash is not null).ToList();
        var listing = candidates.Find(file => file.IsWhole) is { } whole
            ? new RangeListing { Path = whole.Path, ByteCount = whole.ByteCount, Hash = whole.Hash!.Value.Text, IsWhole = true, Ranges = [] }
            : candidates.Select(RangeVerifier.List).OfType<RangeListing>().MaxBy(part => part.Ranges.Sum(range => range.Length));
        await (listing is null
            ? MirrorErrors.EntryNotFoundAsync(context)
            : context.Response.WriteAsJsonAsync(listing, RangeListingJson.Default.RangeListing, cancellationToken: context.RequestAborted));
    }

    private async Task ServePartAsync(HttpContext context, MirrorAddress address, List<StoredFile> candidates)
    {
        if (candidates.Count == 0 || HttpMethods.IsHead(context.Request.Method) || Asked(context, candidates[0]) is not { } range)
        {
            await MirrorErrors.EntryNotFoundAsync(context); // Asked for the whole: there is no such file here, and never half of it.
            return;
        }
        foreach (var file in candidates)
        {
            if (!await VouchesAsync(file, range, context.RequestAborted)) continue;
            Identify(context, address, file);
            var headers = context.Response.GetTypedHeaders();
            headers.ETag = Tag(file);
            headers.ContentRange = new ContentRangeHeaderValue(range.Start, range.End - 1, file.ByteCount);
            headers.ContentLength = range.Length;
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.ContentType = "application/octet-stream";
            await CopyAsync(file, range, context);
            return;
        }
        context.Response.Headers.ContentRange = $"bytes */{candidates[0].ByteCount}";
        context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
    }

    /// <summary>What has not been vouched for yet is read and hashed on a thread of its own.</summary>
    private Task<bool> VouchesAsync(StoredFile file, ByteRange range, CancellationToken cancellationToken) =>
        shelf.Verifier.VouchesAtOnce(file, range) is { } known
            ? Task.FromResult(known)
            : Task.Factory.StartNew(() => shelf.Verifier.Vouches(file, range, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task CopyAsync(StoredFile file, ByteRange range, HttpContext context)
    {
        using var handle = File.OpenHandle(file.DiskPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        var output = context.Response.BodyWriter;
        for (var position = range.Start; position < range.End;)
        {
            var buffer = output.GetMemory((int)Math.Min(CopyByteCount, range.End - position));
            var count = await RandomAccess.ReadAsync(handle, buffer[..(int)Math.Min(buffer.Length, range.End - position)], position, context.RequestAborted);
            if (count == 0) throw new IOException($"{file.Path} ended at {position} although its journal reaches further.");
            output.Advance(count);
            position += count;
            if ((await output.FlushAsync(context.RequestAborted)).IsCompleted) return;
        }
    }

    /// <summary>The one range that the request asks for; null where it asks for none, for several, or with a condition that this file does not meet.</summary>
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

    /// <summary>The headers by which the hub's clients know commit, hash and size without the body.</summary>
    private void Identify(HttpContext context, MirrorAddress address, StoredFile file)
    {
        if (shelf.CommitOf(address.Reference) is { } commit) context.Response.Headers["X-Repo-Commit"] = commit;
        context.Response.Headers["X-Linked-Etag"] = $"\"{file.Hash!.Value.Text}\"";
        context.Response.Headers["X-Linked-Size"] = file.ByteCount.ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers.AcceptRanges = "bytes";
    }
}

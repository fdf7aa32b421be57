using System.Globalization;
using System.Text.Json;
using Exo.Hub;
using Exo.Hub.Store;
using Microsoft.AspNetCore.Http;

namespace Exo.Api.Mirror;

/// <summary>A model's facts and its tree, for models that are whole.</summary>
internal sealed class ModelAnswers(MirrorShelf shelf)
{
    private const int PageSize = 1000;
    private const long LargestQuestion = 1 << 20;

    public Task InfoAsync(HttpContext context)
    {
        if (MirrorAddress.Of(context) is not { } address) return MirrorErrors.RepositoryNotFoundAsync(context);
        if (shelf.Find(address.Reference) is not { } model) return MissingAsync(context, address);
        var withBlobs = IsOn(context, "blobs");
        var info = new ModelInfo
        {
            Id = model.RepositoryId,
            ModelId = model.RepositoryId,
            Sha = model.Commit,
            LastModified = model.Modified.ToUniversalTime(),
            UsedStorage = model.ByteCount,
            Siblings = [.. model.Files.Select(file => ToSibling(file, withBlobs))],
        };
        return context.Response.WriteAsJsonAsync(info, MirrorJson.Default.ModelInfo, cancellationToken: context.RequestAborted);
    }

    public Task TreeAsync(HttpContext context)
    {
        if (MirrorAddress.Of(context) is not { } address) return MirrorErrors.RepositoryNotFoundAsync(context);
        if (shelf.Find(address.Reference) is not { } model) return MissingAsync(context, address);
        var folder = address.Path.Trim('/');
        var entries = Entries(model, folder, IsOn(context, "recursive"));
        if (folder.Length > 0 && entries.Count == 0) return MirrorErrors.EntryNotFoundAsync(context);

        var limit = Number(context, "limit") is > 0 and <= PageSize and var asked ? asked : PageSize;
        var start = Math.Min(Number(context, "cursor") ?? 0, entries.Count);
        if (start + limit < entries.Count) context.Response.Headers.Link = $"<{NextPage(context, start + limit, limit)}>; rel=\"next\"";
        return context.Response.WriteAsJsonAsync(entries.Skip(start).Take(limit).ToList(), MirrorJson.Default.ListTreeEntry, cancellationToken: context.RequestAborted);
    }

    /// <summary>The tree's entries of some paths, files or folders; those that are not there are left out. Asked as JSON or as a form.</summary>
    public async Task PathsAsync(HttpContext context)
    {
        if (MirrorAddress.Of(context) is not { } address)
        {
            await MirrorErrors.RepositoryNotFoundAsync(context);
            return;
        }
        if (shelf.Find(address.Reference) is not { } model)
        {
            await MissingAsync(context, address);
            return;
        }
        if (await PathsOfAsync(context) is not { } paths)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        var wanted = paths.ToHashSet(StringComparer.Ordinal);
        var entries = Entries(model, "", recursive: true).Where(entry => wanted.Contains(entry.Path)).ToList();
        await context.Response.WriteAsJsonAsync(entries, MirrorJson.Default.ListTreeEntry, cancellationToken: context.RequestAborted);
    }

    private static async Task<IEnumerable<string>?> PathsOfAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or > LargestQuestion) return null;
        try
        {
            return context.Request.HasFormContentType
                ? (await context.Request.ReadFormAsync(context.RequestAborted))["paths"].OfType<string>()
                : (await context.Request.ReadFromJsonAsync(MirrorJson.Default.PathsQuestion, context.RequestAborted))?.Paths;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidDataException or InvalidOperationException)
        {
            return null;
        }
    }

    private Task MissingAsync(HttpContext context, MirrorAddress address) =>
        address.Reference.Revision != "main" && shelf.Find(address.Reference.At("main")) is not null
            ? MirrorErrors.RevisionNotFoundAsync(context)
            : shelf.HasPartOf(address.Reference.RepositoryId) ? MirrorErrors.RepositoryNotWholeAsync(context) : MirrorErrors.RepositoryNotFoundAsync(context);

    private static List<TreeEntry> Entries(Exo.Hub.Store.StoredModel model, string folder, bool recursive)
    {
        var prefix = folder.Length > 0 ? folder + "/" : "";
        var entries = new List<TreeEntry>();
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in model.Files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            for (var slash = file.Path.IndexOf('/', prefix.Length); slash >= 0; slash = recursive ? file.Path.IndexOf('/', slash + 1) : -1)
                if (folders.Add(file.Path[..slash])) entries.Add(new TreeEntry("directory", model.Commit, 0, file.Path[..slash]));
            if (recursive || !file.Path[prefix.Length..].Contains('/')) entries.Add(ToEntry(file));
        }
        return entries;
    }

    private static TreeEntry ToEntry(StoredFile file) => new(
        "file", LfsPointer.GitName(file), file.ByteCount, file.Path,
        LfsPointer.IsLarge(file) ? new TreeLfs(file.Hash!.Value.Text, file.ByteCount, LfsPointer.Text(file).Length) : null);

    private static Sibling ToSibling(StoredFile file, bool withBlobs) => !withBlobs ? new Sibling(file.Path) : new Sibling(
        file.Path, file.ByteCount, LfsPointer.GitName(file),
        LfsPointer.IsLarge(file) ? new SiblingLfs(file.Hash!.Value.Text, file.ByteCount, LfsPointer.Text(file).Length) : null);

    private static string NextPage(HttpContext context, int cursor, int limit)
    {
        var request = context.Request;
        return $"{request.Scheme}://{request.Host}{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}?recursive={IsOn(context, "recursive")}&limit={limit}&cursor={cursor}";
    }

    private static bool IsOn(HttpContext context, string name) => context.Request.Query[name].ToString() is "true" or "True" or "1";

    private static int? Number(HttpContext context, string name) =>
        int.TryParse(context.Request.Query[name].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Exo.Tests.Hub.Server;

/// <summary>/api/models/…: a model's facts, and its tree in pages.</summary>
internal sealed class ModelEndpoints(HubServerOptions options, BodySender bodies)
{
    public Task AnswerAsync(HubExchange exchange, HubAddress address, HubRepository repository, HubCommit commit)
    {
        if (address.Route == HubRoute.Info) return SendAsync(exchange, Info(repository, commit, exchange.QueryValue("blobs") is "true" or "True" or "1"));
        if (address.Path.Length > 0 && !commit.Folders.Contains(address.Path)) return HubErrors.EntryNotFoundAsync(exchange);
        return SendAsync(exchange, Tree(exchange, address.Path, commit));
    }

    private static JsonObject Info(HubRepository repository, HubCommit commit, bool blobs) => new()
    {
        ["_id"] = commit.Sha[..24],
        ["id"] = repository.Id,
        ["modelId"] = repository.Id,
        ["author"] = repository.Id.Split('/')[0],
        ["sha"] = commit.Sha,
        ["lastModified"] = "2026-01-02T03:04:05.000Z",
        ["createdAt"] = "2025-01-02T03:04:05.000Z",
        ["private"] = repository.Private,
        ["gated"] = repository.Gated is { } gated ? JsonValue.Create(gated) : JsonValue.Create(false),
        ["disabled"] = repository.Disabled,
        ["downloads"] = 42,
        ["likes"] = 7,
        ["library_name"] = "transformers",
        ["pipeline_tag"] = "text-generation",
        ["tags"] = new JsonArray("transformers", "safetensors"),
        ["usedStorage"] = commit.Files.Sum(file => file.Size),
        ["siblings"] = new JsonArray([.. commit.Files.Select(file => Sibling(file, blobs))]),
    };

    private static JsonObject Sibling(ServedFile file, bool blobs)
    {
        var sibling = new JsonObject { ["rfilename"] = file.Path };
        if (!blobs) return sibling;
        sibling["blobId"] = file.GitSha1;
        sibling["size"] = file.Size;
        if (file.IsLfs) sibling["lfs"] = new JsonObject { ["sha256"] = file.Sha256, ["size"] = file.Size, ["pointerSize"] = file.Pointer.Length };
        return sibling;
    }

    /// <summary>One page; the next one's address stands in the Link header, the cursor opaque to the client.</summary>
    private JsonArray Tree(HubExchange exchange, string folder, HubCommit commit)
    {
        var recursive = exchange.QueryValue("recursive") is "true" or "True" or "1";
        var expand = exchange.QueryValue("expand") is "true" or "True" or "1";
        var limit = int.TryParse(exchange.QueryValue("limit"), out var asked) ? Math.Min(asked, options.PageSize) : options.PageSize;
        var start = exchange.QueryValue("cursor") is { } cursor ? int.Parse(Encoding.ASCII.GetString(Convert.FromBase64String(cursor)), CultureInfo.InvariantCulture) : 0;
        var entries = Entries(folder, commit, recursive, expand).ToList();
        if (start + limit < entries.Count)
        {
            var next = Uri.EscapeDataString(Convert.ToBase64String(Encoding.ASCII.GetBytes($"{start + limit}")));
            var host = $"http://{exchange.Http.Request.Host}";
            exchange.Header("Link", $"<{host}{exchange.Path}?expand={expand}&recursive={recursive}&limit={limit}&cursor={next}>; rel=\"next\"");
        }
        return new JsonArray([.. entries.Skip(start).Take(limit)]);
    }

    private static IEnumerable<JsonObject> Entries(string folder, HubCommit commit, bool recursive, bool expand)
    {
        var prefix = folder.Length > 0 ? folder + "/" : "";
        bool Listed(string path) => path.StartsWith(prefix, StringComparison.Ordinal) && (recursive || !path[prefix.Length..].Contains('/'));
        foreach (var path in commit.Folders.Where(Listed))
            yield return new JsonObject { ["type"] = "directory", ["oid"] = commit.Sha, ["size"] = 0, ["path"] = path };
        foreach (var file in commit.Files.Where(file => Listed(file.Path)))
            yield return Entry(file, commit, expand);
    }

    private static JsonObject Entry(ServedFile file, HubCommit commit, bool expand)
    {
        var entry = new JsonObject { ["type"] = "file", ["oid"] = file.GitSha1, ["size"] = file.Size };
        if (file.IsLfs) entry["lfs"] = new JsonObject { ["oid"] = file.Sha256, ["size"] = file.Size, ["pointerSize"] = file.Pointer.Length };
        entry["path"] = file.Path;
        if (expand) entry["lastCommit"] = new JsonObject { ["id"] = commit.Sha, ["title"] = "Upload", ["date"] = "2026-01-02T03:04:05.000Z" };
        return entry;
    }

    private Task SendAsync(HubExchange exchange, JsonNode json) => bodies.SendAsync(exchange, new BodyAnswer
    {
        Scope = FaultScope.Api,
        Name = exchange.Path,
        Content = new BytesContent(Encoding.UTF8.GetBytes(json.ToJsonString())),
        ContentType = "application/json; charset=utf-8",
        ETag = null,
    });
}

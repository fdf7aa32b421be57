namespace Exo.Hub.Protocol;

/// <summary>What an answer's headers say about the file's identity. The first hop's word (the hub's) goes before the last one's (a storage host's).</summary>
internal readonly record struct FileIdentity(string? Commit, string? ETag)
{
    public static FileIdentity Of(Exchanged answer)
    {
        var last = answer.Response;
        var etag = Value(answer.First, "X-Linked-Etag") ?? Value(last.Headers, "X-Linked-Etag") ?? last.Headers.ETag?.Tag ?? Value(last.Headers, "ETag");
        return new FileIdentity(Value(answer.First, "X-Repo-Commit") ?? Value(last.Headers, "X-Repo-Commit"), etag is null ? null : ContentHash.Unquote(etag));
    }

    private static string? Value(System.Net.Http.Headers.HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}

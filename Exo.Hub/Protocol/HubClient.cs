using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>
/// Speaks the Hugging Face Hub's protocol to one endpoint. Follows redirects itself and drops the token when the host changes; waits out
/// 408, 429 and 5xx as the server asks; tells failures apart as <see cref="HubError"/>s.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int MostPages = 10_000;
    private const int MostFiles = 200_000;
    private const long LargestJson = 64L << 20;
    private const long LargestRead = 128L << 20;

    private readonly HubOptions _options;
    private readonly TimeProvider _time;
    private readonly HubExchange _exchange;
    private readonly HubRequests _requests;
    private readonly string _root;

    /// <param name="options">Endpoint, token, time-outs.</param>
    /// <param name="timeProvider">Time for back-off; the system's where left out.</param>
    public HubClient(HubOptions options, TimeProvider? timeProvider = null)
    {
        _options = options.Checked();
        _time = timeProvider ?? TimeProvider.System;
        _exchange = new HubExchange(options);
        _requests = new HubRequests(_exchange, options, _time);
        _root = options.Endpoint.AbsoluteUri.TrimEnd('/');
    }

    internal HubExchange Exchange => _exchange;

    internal bool HasToken => _options.Token is not null;

    internal TimeProvider Time => _time;

    /// <summary>The model's facts at a revision: its present name and the commit.</summary>
    /// <exception cref="HubException">It is missing, gated, disabled, or the hub cannot be reached.</exception>
    public async Task<HubModel> GetModelAsync(ModelReference reference, CancellationToken cancellationToken = default)
    {
        var address = new Uri($"{_root}/api/models/{reference.RepositoryId}/revision/{Uri.EscapeDataString(reference.Revision)}");
        var what = $"{reference.RepositoryId}@{reference.Revision}";
        var (model, _) = await GetJsonAsync(address, what, reference.RepositoryId, HubJson.Default.ModelJson, cancellationToken).ConfigureAwait(false);

        if (model.Disabled is true) throw new HubException(HubError.RepositoryDisabled, $"{reference.RepositoryId} was disabled by {HubFailure.HostOf(address)}. Choose another repository.");
        if (model.Sha is null || !ModelReference.IsCommitHash(model.Sha)) throw NotAHub(address, "names no commit");
        return new HubModel
        {
            RepositoryId = ModelReference.TryParse(model.Id, out var today) ? today.RepositoryId : reference.RepositoryId,
            Commit = model.Sha,
        };
    }

    /// <summary>Every file at a commit, page by page. Names and sizes are checked.</summary>
    /// <exception cref="HubException">As <see cref="GetModelAsync"/>; <see cref="HubError.UnsafeFile"/> for a file that may not be stored.</exception>
    public async IAsyncEnumerable<HubFile> ListFilesAsync(
        string repositoryId, string commit, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = new Uri($"{_root}/api/models/{repositoryId}/tree/{Uri.EscapeDataString(commit)}?recursive=true&expand=false");
        var paths = new HashSet<string>(StringComparer.Ordinal);
        for (var page = 0; next is not null; page++)
        {
            if (page == MostPages || paths.Count > MostFiles) throw NotAHub(next, "lists files without end");
            var (entries, following) = await GetJsonAsync(next, $"{repositoryId}@{commit}", repositoryId, HubJson.Default.ListTreeEntryJson, cancellationToken).ConfigureAwait(false);
            foreach (var entry in entries)
            {
                if (entry.Type != "file") continue;
                var file = ToFile(entry, next);
                if (paths.Add(file.Path)) yield return file;
            }
            if (following == next) throw NotAHub(next, "lists the same page again and again");
            next = following;
        }
        if (paths.FirstOrDefault(path => IsBelowAFile(path, paths)) is { } below)
        {
            throw new HubException(HubError.UnsafeFile, $"{HubFailure.HostOf(_options.Endpoint)} lists '{below}' and, in the place of one of its folders, a file, which is refused. Do not trust this repository or mirror.");
        }
    }

    /// <summary>A few bytes of a file, such as a safetensors header. At most 128 MiB.</summary>
    /// <exception cref="HubException">The file cannot be read.</exception>
    public Task<byte[]> ReadAsync(string repositoryId, string commit, HubFile file, ByteRange range, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.Length, LargestRead);
        if (range.Start < 0 || range.End > file.ByteCount) throw new ArgumentException($"Range {range} lies outside {file.Path} ({file.ByteCount} bytes).");
        var source = Source(repositoryId, commit, file);
        return SmallRead.RunAsync(source, file, range, _options, _time, cancellationToken);
    }

    /// <summary>The file as a source of ranges for a <see cref="TransferEngine"/>.</summary>
    public IRangeSource Source(string repositoryId, string commit, HubFile file, bool isPeer = false) =>
        new HubFileSource(this, Address(repositoryId, commit, file.Path), repositoryId, commit, file, isPeer);

    /// <inheritdoc/>
    public void Dispose() => _exchange.Dispose();

    private Uri Address(string repositoryId, string revision, string path) =>
        new($"{_root}/{repositoryId}/resolve/{Uri.EscapeDataString(revision)}/{string.Join('/', RepositoryPath.Checked(path).Split('/').Select(Uri.EscapeDataString))}");

    private static bool IsBelowAFile(string path, HashSet<string> paths)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            if (paths.Contains(path[..slash])) return true;
        return false;
    }

    private HubFile ToFile(TreeEntryJson entry, Uri address)
    {
        var path = RepositoryPath.Checked(entry.Path ?? "");
        var size = entry.Lfs?.Size ?? entry.Size ?? -1;
        if (size < 0 || size > _options.LargestFile)
        {
            throw new HubException(HubError.UnsafeFile, $"{HubFailure.HostOf(address)} says that '{path}' has {size} bytes, which is refused. Do not trust this repository or mirror.");
        }
        return ContentHash.TryParse(entry.Lfs?.Oid ?? entry.Oid, out var hash)
            ? new HubFile { Path = path, ByteCount = size, Hash = hash }
            : throw NotAHub(address, $"names no hash for '{path}'");
    }

    private async Task<(T Value, Uri? Next)> GetJsonAsync<T>(Uri address, string what, string repositoryId, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await _requests.SendAsync(new HubQuestion(address, what, repositoryId), async (answer, ended) =>
        {
            var content = answer.Response.Content;
            if (content.Headers.ContentLength > LargestJson) throw NotAHub(address, "sends far too much");
            if (content.Headers.ContentEncoding.Count > 0) throw HubRequests.Nonsense(address, $"sends '{content.Headers.ContentEncoding}' although no encoding was asked for");
            try
            {
                await using var bounded = new BoundedStream(await content.ReadAsStreamAsync(ended).ConfigureAwait(false), LargestJson);
                var value = await JsonSerializer.DeserializeAsync(bounded, type, ended).ConfigureAwait(false);
                return (value ?? throw HubRequests.Nonsense(address, "sends null"), NextPage(answer));
            }
            catch (JsonException wrong)
            {
                throw HubRequests.Nonsense(address, content.Headers.ContentType?.MediaType is "text/html"
                    ? "sends a web page instead of facts; a proxy or a log-in page may stand in between" : "sends no such JSON", wrong);
            }
        }, cancellationToken).ConfigureAwait(false);

    private static HubException NotAHub(Uri address, string why, Exception? cause = null) =>
        new(HubError.BadAnswer, $"{HubFailure.HostOf(address)} {why}. Check that HF_ENDPOINT is a Hugging Face hub or a mirror of one.", cause);

    /// <summary>The address in <c>Link: &lt;…&gt;; rel="next"</c>.</summary>
    private static Uri? NextPage(Exchanged answer)
    {
        if (!answer.Response.Headers.TryGetValues("Link", out var links)) return null;
        foreach (var link in links.SelectMany(value => value.Split(',')))
        {
            var parts = link.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].StartsWith('<') && parts[0].EndsWith('>') && parts.Skip(1).Any(p => p.Replace("\"", "", StringComparison.Ordinal) == "rel=next")
                && Uri.TryCreate(answer.Address, parts[0][1..^1], out var next) && next.Scheme is "http" or "https") return next;
        }
        return null;
    }
}

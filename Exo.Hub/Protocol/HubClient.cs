using System.Net.Http.Headers;
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
    private readonly string _root;

    /// <param name="options">Endpoint, token, time-outs.</param>
    /// <param name="timeProvider">Time for back-off; the system's where left out.</param>
    public HubClient(HubOptions options, TimeProvider? timeProvider = null)
    {
        _options = options.Checked();
        _time = timeProvider ?? TimeProvider.System;
        _exchange = new HubExchange(options);
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

        if (model.Disabled is true) throw new HubException(HubError.RepositoryDisabled, $"{reference.RepositoryId} was disabled by {address.Host}. Choose another repository.");
        if (model.Sha is null || !ModelReference.IsCommitHash(model.Sha)) throw NotAHub(address, "names no commit");
        return new HubModel
        {
            RepositoryId = ModelReference.TryParse(model.Id, out var today) ? today.RepositoryId : reference.RepositoryId,
            Commit = model.Sha,
            IsPrivate = model.Private ?? false,
            IsGated = model.IsGated,
        };
    }

    /// <summary>Every file at a commit, page by page. Names and sizes are checked.</summary>
    /// <exception cref="HubException">As <see cref="GetModelAsync"/>; <see cref="HubError.UnsafeName"/> for a file that may not be stored.</exception>
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
    }

    /// <summary>A file's address and identity (HEAD of <c>resolve</c>), without following redirects to another host.</summary>
    public async Task<ResolvedFile> ResolveAsync(string repositoryId, string revision, string path, CancellationToken cancellationToken = default)
    {
        using var answer = await RetryAsync(HttpMethod.Head, Address(repositoryId, revision, path), null, $"{repositoryId}/{path}", repositoryId,
            isFile: true, _exchange.IsEndpoint, cancellationToken).ConfigureAwait(false);
        var identity = FileIdentity.Of(answer);
        return new ResolvedFile
        {
            Address = answer.Response.Headers.Location is { } location ? new Uri(answer.Address, location) : answer.Address,
            Commit = identity.Commit,
            ETag = identity.ETag,
            ByteCount = identity.ByteCount,
        };
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

    private HubFile ToFile(TreeEntryJson entry, Uri address)
    {
        var path = RepositoryPath.Checked(entry.Path ?? "");
        var size = entry.Lfs?.Size ?? entry.Size ?? -1;
        if (size < 0 || size > _options.LargestFile)
        {
            throw new HubException(HubError.UnsafeName, $"{address.Host} says that '{path}' has {size} bytes, which is refused. Do not trust this repository or mirror.");
        }
        return ContentHash.TryParse(entry.Lfs?.Oid ?? entry.Oid, out var hash)
            ? new HubFile { Path = path, ByteCount = size, Hash = hash }
            : throw NotAHub(address, $"names no hash for '{path}'");
    }

    private async Task<(T Value, Uri? Next)> GetJsonAsync<T>(Uri address, string what, string repositoryId, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var answer = await RetryAsync(HttpMethod.Get, address, null, what, repositoryId, isFile: false, null, cancellationToken).ConfigureAwait(false);
        try
        {
            using var limit = new CancellationTokenSource(_options.StallTimeout * 3, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            if (answer.Response.Content.Headers.ContentLength > LargestJson) throw NotAHub(address, "sends far too much");
            var body = await answer.Response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
            await using var bounded = new BoundedStream(body, LargestJson);
            var value = await JsonSerializer.DeserializeAsync(bounded, type, both.Token).ConfigureAwait(false);
            return (value ?? throw NotAHub(address, "sends null"), NextPage(answer));
        }
        catch (JsonException wrong)
        {
            throw NotAHub(address, "sends no such JSON", wrong);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException || (broken is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new HubException(HubError.Unreachable, $"{address.Host} broke off while answering for {what}. Try again.", broken);
        }
    }

    /// <summary>Sends until it works, the failure is final, or the tries are used up.</summary>
    private async Task<Exchanged> RetryAsync(
        HttpMethod method, Uri address, RangeHeaderValue? range, string what, string repositoryId, bool isFile, Func<Uri, bool>? follow, CancellationToken cancellationToken)
    {
        if (_options.Offline) throw new HubException(HubError.Offline, $"{what} is not in the store and HF_HUB_OFFLINE is set. Unset it to fetch, or pull the model while online.");
        for (var attempt = 1; ; attempt++)
        {
            SourceException failure;
            using (var limit = new CancellationTokenSource(_options.StallTimeout, _time))
            using (var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken))
            {
                try
                {
                    var answer = await _exchange.SendAsync(blocking: false, method, address, range, follow, both.Token).ConfigureAwait(false);
                    if ((int)answer.Response.StatusCode < 400) return answer;
                    using (answer) failure = HubFailure.Of(answer.Response, what, repositoryId, HasToken, _time.GetUtcNow(), isFile);
                }
                catch (SourceException refused)
                {
                    failure = refused;
                }
                catch (Exception broken) when (broken is HttpRequestException or IOException)
                {
                    failure = HubFailure.Of(broken, address);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    failure = new SourceException(SourceFailure.Transient, $"{address.Host} does not answer") { Error = HubError.Unreachable };
                }
            }

            if (failure.Failure == SourceFailure.Fatal) throw (HubException)failure.InnerException!;
            if (attempt >= _options.MaxAttempts || failure.Error == HubError.BadAnswer || failure.RetryAfter > _options.Patience) throw GivenUp(failure, what, attempt);
            await Task.Delay(BackOff.Delay(attempt, failure.RetryAfter, _options, Random.Shared.NextDouble()), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static HubException GivenUp(SourceException failure, string what, int attempts) => new(
        failure.Error, $"Asking for {what} failed {(attempts == 1 ? "" : $"{attempts} times ")}because {failure.Message}. "
            + (failure.Error == HubError.RateLimited
                ? $"Wait {(failure.RetryAfter is { } wait ? $"{wait.TotalSeconds:0} s" : "a while")}, or set HF_TOKEN for a larger allowance."
                : "Check the network, the proxy and HF_ENDPOINT, then try again."), failure);

    private static HubException NotAHub(Uri address, string why, Exception? cause = null) =>
        new(HubError.BadAnswer, $"{address.Host} {why}. Check that HF_ENDPOINT is a Hugging Face hub or a mirror of one.", cause);

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

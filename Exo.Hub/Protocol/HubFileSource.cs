using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>
/// One file of a repository as a source of ranges. The address that <c>resolve</c> redirects to is kept and asked directly, so that a thousand
/// ranges cost the hub one request; when it expires the hub is asked again. Every answer is held against what the commit's file list announced.
/// </summary>
internal sealed class HubFileSource(HubClient client, Uri resolve, string repositoryId, string commit, HubFile file, bool isPeer) : IRangeSource
{
    /// <summary>Fresh addresses that may be refused in a row before that is final.</summary>
    private const int MostRefusals = 8;

    /// <summary>How long the other connections wait for the first one to learn the address before they ask for themselves.</summary>
    private static readonly TimeSpan PatienceWithFirst = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, string> _etags = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _resolving = new(1, 1);
    private volatile Uri? _storage;
    private volatile bool _isDirect;
    private volatile bool _saysMirror;
    private int _refusals;

    public string Name { get; } = HubFailure.HostOf(resolve);

    public bool IsPeer => isPeer;

    public bool IsMirror => isPeer || _saysMirror;

    public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken)
    {
        if (AskStorage(range, cancellationToken) is { } direct) return direct;
        if (_isDirect) return Accept(Send(resolve, range, cancellationToken), range);

        // One connection asks the hub for the address; the others wait and then use it, so that a start or an expiry is no stampede.
        var first = _resolving.Wait(PatienceWithFirst, cancellationToken);
        try
        {
            return AskStorage(range, cancellationToken) ?? Accept(Send(resolve, range, cancellationToken), range);
        }
        finally
        {
            if (first) _resolving.Release();
        }
    }

    /// <summary>Asks the known storage address; null where none is known, or its signature has expired.</summary>
    private HttpRangeAnswer? AskStorage(ByteRange? range, CancellationToken cancellationToken)
    {
        if (_storage is not { } known) return null;
        var direct = Send(known, range, cancellationToken);
        if (!IsRefusal(direct.Response.StatusCode)) return Accept(direct, range);
        direct.Dispose();
        Interlocked.CompareExchange(ref _storage, null, known);
        return null;
    }

    private Exchanged Send(Uri address, ByteRange? range, CancellationToken cancellationToken)
    {
        var header = range is { } wanted ? new RangeHeaderValue(wanted.Start, wanted.End - 1) : null;
        try
        {
            return client.Exchange.SendAsync(blocking: true, HttpMethod.Get, address, header, null, cancellationToken).GetAwaiter().GetResult();
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw HubFailure.Of(broken, address);
        }
    }

    /// <summary>Checks head against what was asked and announced, and hands the body out.</summary>
    private HttpRangeAnswer Accept(Exchanged answer, ByteRange? range)
    {
        var accepted = false;
        try
        {
            CheckStatus(answer, range);
            CheckIdentity(answer);
            CheckShape(answer, range);
            if (answer.Response.Headers.Contains(MirrorHeader.Name)) _saysMirror = true;
            if (client.Exchange.IsEndpoint(answer.Address)) _isDirect = true;
            else _storage = answer.Address;
            Interlocked.Exchange(ref _refusals, 0);
            accepted = true;
            return new HttpRangeAnswer(answer);
        }
        finally
        {
            if (!accepted) answer.Dispose();
        }
    }

    private void CheckStatus(Exchanged answer, ByteRange? range)
    {
        var status = answer.Response.StatusCode;
        switch ((int)status)
        {
            case 200 or 206: return;
            case 416:
                if (answer.Response.Content.Headers.ContentRange?.Length is { } length && length != file.ByteCount) throw Changed($"it now has {length} bytes instead of {file.ByteCount}");
                throw isPeer
                    ? new SourceException(SourceFailure.RangeNotHere, $"{Name} does not have bytes {range} of {file.Path} yet")
                    : Bad($"it refuses the range {range} (416)");
            case 404 when isPeer: throw new SourceException(SourceFailure.RangeNotHere, $"{Name} does not have {file.Path}");
            case var _ when IsRefusal(status) && !client.Exchange.IsEndpoint(answer.Address) && Interlocked.Increment(ref _refusals) < MostRefusals:
                throw new SourceException(SourceFailure.Transient, $"{HubFailure.HostOf(answer.Address)} refuses the address that {Name} gave ({(int)status})") { Error = HubError.AccessDenied };
            case < 400: throw Bad($"it answers {(int)status} without saying where to");
            default: throw HubFailure.Of(answer.Response, $"{repositoryId}/{file.Path}", repositoryId, client.HasToken, client.Time.GetUtcNow(), isFile: true);
        }
    }

    private void CheckIdentity(Exchanged answer)
    {
        var identity = FileIdentity.Of(answer);
        if (identity.Commit is { } other && ModelReference.IsCommitHash(other) && other != commit) throw Changed($"it serves commit {other[..12]} instead of {commit[..12]}");
        if (ContentHash.TryParse(identity.ETag, out var hash) && hash.Kind == file.Hash.Kind && hash != file.Hash) throw Changed($"its ETag is {hash} instead of {file.Hash}");

        // A storage host's own ETag says nothing about the content, but it may not change while the file is being read.
        if (answer.Response.Headers.ETag?.Tag is { } tag && _etags.GetOrAdd(answer.Address.Authority, tag) is var first && first != tag)
        {
            _etags[answer.Address.Authority] = tag;
            throw Changed($"its ETag changed from {first} to {tag}");
        }
    }

    private void CheckShape(Exchanged answer, ByteRange? range)
    {
        var content = answer.Response.Content.Headers;
        if (content.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw Bad($"it sends '{string.Join(',', content.ContentEncoding)}' although no encoding was asked for");
        }

        if (answer.Response.StatusCode == HttpStatusCode.OK)
        {
            if (content.ContentLength is { } length && length != file.ByteCount)
            {
                throw content.ContentType?.MediaType is "text/html"
                    ? Bad("it sends a web page instead of the file; a proxy or a log-in page may stand in between")
                    : Changed($"it now has {length} bytes instead of {file.ByteCount}");
            }
            if (range is { } part && part != new ByteRange(0, file.ByteCount)) throw new SourceException(SourceFailure.RangesIgnored, $"{Name} ignores ranges");
            return;
        }

        var sent = content.ContentRange;
        if (range is not { } wanted) throw Bad("it sends a range although the whole file was asked for");
        if (sent is null || sent.Unit != "bytes" || sent.From != wanted.Start || sent.To != wanted.End - 1) throw Bad($"it was asked for bytes {wanted} and sends '{sent}'");
        if (sent.Length is { } total && total != file.ByteCount) throw Changed($"it now has {total} bytes instead of {file.ByteCount}");
        if (content.ContentLength is { } count && count != wanted.Length) throw Bad($"it was asked for {wanted.Length} bytes and announces {count}");
    }

    private SourceException Bad(string what) =>
        new(SourceFailure.Transient, $"{Name} breaks the protocol for {file.Path}: {what}") { Error = HubError.BadAnswer };

    private SourceException Changed(string what) =>
        new(SourceFailure.ContentChanged, $"{file.Path} changed on {Name}: {what}") { Error = HubError.ContentChanged };

    private static bool IsRefusal(HttpStatusCode status) => (int)status is 400 or 401 or 403 or 404 or 410;
}

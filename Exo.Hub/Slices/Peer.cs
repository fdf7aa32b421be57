using System.Text.Json;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>Another machine that mirrors its store: a source of bytes, and a witness of what they should be.</summary>
internal sealed class Peer : IDisposable
{
    private const long LargestListing = 64L << 20;
    private const int MostRanges = 1 << 20;

    private readonly HubOptions _options;
    private readonly string _root;

    public Peer(HubOptions options, PeerMirror mirror, TimeProvider time)
    {
        // A peer never sees the token, and one that is gone is given up at once: there are others.
        _options = options with { Endpoint = mirror.Address, Token = mirror.Key, Peers = [], MaxAttempts = 1 };
        Client = new HubClient(_options, time);
        _root = mirror.Address.AbsoluteUri.TrimEnd('/');
    }

    /// <summary>Speaks to it as to a hub.</summary>
    public HubClient Client { get; }

    /// <summary>What the peer holds of a file; null where it holds nothing, is no Exo, or cannot be asked.</summary>
    public async Task<RangeListing?> ListAsync(string repositoryId, string commit, HubFile file, CancellationToken cancellationToken)
    {
        var address = new Uri($"{_root}/exo/ranges/{Uri.EscapeDataString(repositoryId)}/{commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.ConnectTimeout);
        try
        {
            using var answer = await Client.Exchange.SendAsync(blocking: false, HttpMethod.Get, address, null, _ => false, limit.Token).ConfigureAwait(false);
            if ((int)answer.Response.StatusCode != 200) return null;
            var body = await answer.Response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await using var bounded = new BoundedStream(body, LargestListing);
            var listing = await JsonSerializer.DeserializeAsync(bounded, RangeListingJson.Default.RangeListing, limit.Token).ConfigureAwait(false);
            return listing is not null && IsSound(listing, file) ? listing : null;
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or JsonException or SourceException
            || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>The first bytes of a range as far as the peer holds them; null where those are fewer than <paramref name="least"/>.</summary>
    public async Task<byte[]?> TryReadAsync(string repositoryId, string commit, HubFile file, ByteRange range, long least, CancellationToken cancellationToken)
    {
        if (await ListAsync(repositoryId, commit, file, cancellationToken).ConfigureAwait(false) is not { } listing) return null;
        var held = listing.Held().RangeFrom(range.Start).Intersect(range);
        if (held.Length < least || held.IsEmpty) return null;
        try
        {
            return await Client.ReadAsync(repositoryId, commit, file, held, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException)
        {
            return null; // The origin has it too.
        }
    }

    /// <summary>The file as a source that is asked only for what the peer says it has.</summary>
    public IRangeSource Source(string repositoryId, string commit, HubFile file, RangeListing? listing) =>
        new AdvertisedSource(Client.Source(repositoryId, commit, file, isPeer: true), listing, token => ListAsync(repositoryId, commit, file, token));

    public void Dispose() => Client.Dispose();

    private static bool IsSound(RangeListing listing, HubFile file) =>
        listing.ByteCount == file.ByteCount && listing.Hash == file.Hash.Text && listing.Ranges.Count <= MostRanges
        && listing.Ranges.All(range => range.Start >= 0 && range.Length > 0 && range.Start <= file.ByteCount - range.Length);
}

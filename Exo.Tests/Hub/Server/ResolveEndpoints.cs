namespace Exo.Tests.Hub.Server;

/// <summary>/{repository}/resolve/{revision}/{path}: a redirect to the CDN (large files) or to the hub's cache (small ones).</summary>
internal sealed class ResolveEndpoints(HubServerOptions options, BodySender bodies, SignedAddresses signatures, Func<string> cdn)
{
    public async Task AnswerAsync(HubExchange exchange, HubAddress address, HubRepository repository, HubCommit commit)
    {
        exchange.Header("X-Repo-Commit", commit.Sha);
        if (commit.Find(address.Path) is not { } file)
        {
            await HubErrors.EntryNotFoundAsync(exchange);
            return;
        }
        if (address.Route == HubRoute.ResolveCache || (!file.IsLfs && !options.RedirectSmallFiles))
        {
            await SendAsync(exchange, repository, file);
            return;
        }

        var name = $"{repository.Id}/{file.Path}";
        exchange.Header("Accept-Ranges", "bytes");
        exchange.Header("X-Linked-Size", $"{file.Size}");
        exchange.Header("X-Linked-Etag", $"\"{file.ETag}\"");
        if (await bodies.StrikeAsync(exchange, new FaultOccasion(FaultScope.Resolve, exchange.Record.Method, name, 0, false, false))) return;
        exchange.Header("Location", file.IsLfs ? cdn() + signatures.Sign(name, file) : CacheAddress(repository, commit, file));
        await exchange.TextAsync(file.IsLfs ? 302 : 307, "text/plain; charset=utf-8", "Redirecting");
    }

    private static string CacheAddress(HubRepository repository, HubCommit commit, ServedFile file) =>
        $"/api/resolve-cache/models/{repository.Id}/{commit.Sha}/{Uri.EscapeDataString(file.Path)}?etag=%22{file.ETag}%22";

    private Task SendAsync(HubExchange exchange, HubRepository repository, ServedFile file) => bodies.SendAsync(exchange, new BodyAnswer
    {
        Scope = FaultScope.Content,
        Name = $"{repository.Id}/{file.Path}",
        Content = file.Content,
        ContentType = "text/plain; charset=utf-8",
        ETag = file.ETag,
    });
}

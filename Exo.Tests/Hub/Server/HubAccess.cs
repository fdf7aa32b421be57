namespace Exo.Tests.Hub.Server;

/// <summary>Who may see what, as the hub decides it: a private repository looks missing, a gated one shows all but its bytes.</summary>
internal sealed class HubAccess(HubServerOptions options)
{
    /// <summary>The refusal, or null when the request may go on; a missing repository is refused too.</summary>
    public Task? Refuse(HubExchange exchange, HubRepository? repository, HubAddress address)
    {
        var token = exchange.Token;
        if (token is not null && !options.Tokens.ContainsKey(token)) return HubErrors.BadTokenAsync(exchange);
        var letIn = repository is not null && token is not null && options.Tokens[token].Contains(repository.Id);
        if (repository is null || (repository.Private && !letIn)) return HubErrors.RepositoryMissingAsync(exchange, token is not null);
        if (repository.Disabled) return HubErrors.DisabledAsync(exchange);
        var wantsBytes = address.Route is HubRoute.Resolve or HubRoute.ResolveCache;
        return repository.Gated is not null && wantsBytes && !letIn ? HubErrors.GatedAsync(exchange, repository.Id, token is not null) : null;
    }

    /// <summary>The token's owner; 404 to addresses that the hub does not have.</summary>
    public Task WhoAmIAsync(HubExchange exchange, HubAddress address)
    {
        if (address.Route == HubRoute.Unknown) return exchange.TextAsync(404, "text/html", "<!doctype html><title>404</title>");
        return exchange.Token is { } token && options.Tokens.ContainsKey(token)
            ? exchange.TextAsync(200, "application/json; charset=utf-8", """{"type":"user","name":"someone"}""")
            : HubErrors.BadTokenAsync(exchange);
    }
}
